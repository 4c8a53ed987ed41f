if (n_joint) {
  vector[n_joint] mapped = csr_matrix_times_vector(n_joint, n_joint, joint_w, joint_v, joint_u,
                             standard[joint]);
  // The matrix is constant, and so is its part of the Jacobian, which is left out.
  free[joint] = lower_upper_bound_jacobian(joint_centre + mapped, joint_lower, joint_upper);
}
