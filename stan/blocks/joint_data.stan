// Free values that are sampled together: without their bounds they are joint_centre plus a matrix times what Stan samples, so
// that columns which are nearly collinear cost nothing. free_lower to free_unit of these are those of no bounds and no units.
int<lower=0> n_joint;
array[n_joint] int<lower=1, upper=n_free> joint;
vector[n_joint] joint_lower;
vector[n_joint] joint_upper;
vector[n_joint] joint_centre;
int<lower=0> joint_nonzero; // the matrix by rows, as csr_matrix_times_vector takes it
vector[joint_nonzero] joint_w;
array[joint_nonzero] int<lower=1, upper=n_joint> joint_v;
array[n_joint + 1] int<lower=1> joint_u;
