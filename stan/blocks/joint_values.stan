if (n_joint) {
  // The matrix is constant, and so is its part of the Jacobian, which is left out.
  free[joint] = lower_upper_bound_jacobian(
                  joint_centre
                  + csr_matrix_times_vector(n_joint, n_joint, joint_w, joint_v, joint_u, standard[joint]),
                  joint_lower, joint_upper);
}
