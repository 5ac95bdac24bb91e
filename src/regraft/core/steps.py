"""Numbers that every stepper shares, scalar or in lanes: how a next step is chosen, and the coefficients of ROCK4.

References
----------
Abdulle A. Fourth order Chebyshev methods with recurrence relation. SIAM J Sci Comput 2002;23:2041 (degree 5).
"""

MAX_STEPS = 20_000  # in one call; a healthy interval takes a handful
FINISHED = 0
TOO_MANY_STEPS = 1
STEP_TOO_SMALL = 2
SAFETY = 0.9
MOST_GROWTH = 6.0
LEAST_SHRINKAGE = 0.2
LEAST_OF_REFUSED = 0.1  # of a step that was refused
ERROR_POWER, PREVIOUS_ERROR_POWER = 0.7, 0.4  # both over the order
ROCK4_ORDER, DORMAND_PRINCE_ORDER = 4.0, 5.0  # of the solution; the embedded one's is one lower
LEAST_SQUARED_ERROR = 1e-20
LEAST_LN_ERROR = -9.210340371976182  # ln(1e-4)
SAME_MOMENT = 1e-12
# The first stage, the four that finish the step, their weights, and those of the embedded method with one more.
C = 0.1762962957651941
A21 = -0.149352078672699
A31, A32 = 0.629768962985252, -0.355201061573650
A41, A42, A43 = 0.0146745996307541, -0.0558517281602565, 0.590312931352706
B1, B2, B3, B4 = 0.934502625489809, -0.426556402801135, -0.428612609028723, 0.744370090574855
E1, E2, E3, E4 = 1.13509972110540, -0.584333360989720, -0.319172911177732, 0.482853558185876
E5 = 0.109256697110981
SMALLEST_STEP = 1e-10
