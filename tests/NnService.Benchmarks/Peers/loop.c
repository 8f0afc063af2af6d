// T1 and T2 as plain loops over arrays whose sizes the compiler knows: gcc -O3 -march=native loop.c -lm, and once more with -ffast-math
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "timing.h"

#define STRINGIFY_(x) #x
#define STRINGIFY(x) STRINGIFY_(x)

static const double rate = 0.1;
static volatile double sink;

static double sigmoid(double z) { return 1 / (1 + exp(-z)); }

static double uniform(void) { return 2.0 * rand() / RAND_MAX - 1; }

static void fill(double *w, int n) {
    for (int i = 0; i < n; i++)
        w[i] = uniform();
}

// T1: 2-2-1, mean squared error, one sample at a time.
static const double heights[4][2] = {{-2, -1}, {25, 6}, {17, 4}, {-15, -6}}, female[4] = {1, 0, 0, 1};
static double w1[2][2], b1[2], w2[2], b2;

static void prepare_heights(void) {
    fill(&w1[0][0], 4);
    fill(b1, 2);
    fill(w2, 2);
    b2 = uniform();
}

static void train_heights(void) {
    double loss = 0;
    for (int epoch = 0; epoch < 1000; epoch++) {
        for (int s = 0; s < 4; s++) {
            const double *x = heights[s];
            double h[2], z = b2;
            for (int j = 0; j < 2; j++) {
                double sum = b1[j];
                for (int i = 0; i < 2; i++)
                    sum += x[i] * w1[i][j];
                h[j] = sigmoid(sum);
                z += h[j] * w2[j];
            }
            double p = sigmoid(z), error = p - female[s];
            loss += error * error;
            double dz2 = 2 * error * p * (1 - p);
            for (int j = 0; j < 2; j++) {
                double dz1 = dz2 * w2[j] * h[j] * (1 - h[j]);
                w2[j] -= rate * dz2 * h[j];
                b1[j] -= rate * dz1;
                for (int i = 0; i < 2; i++)
                    w1[i][j] -= rate * dz1 * x[i];
            }
            b2 -= rate * dz2;
        }
    }
    sink = loss;
}

// T2: 3-4-5-1 without biases, half the sum of squared errors, all four rows at once.
enum { ROWS = 4, INPUTS = 3, FIRST = 4, SECOND = 5 };
static const double points[ROWS][INPUTS] = {{0, 0, 1}, {1, 1, 1}, {1, 0, 1}, {0, 1, 1}}, labels[ROWS] = {0, 1, 1, 0};
static double v1[INPUTS][FIRST], v2[FIRST][SECOND], v3[SECOND];

static void prepare_points(void) {
    fill(&v1[0][0], INPUTS * FIRST);
    fill(&v2[0][0], FIRST * SECOND);
    fill(v3, SECOND);
}

static void train_points(void) {
    double loss = 0;
    for (int epoch = 0; epoch < 5000; epoch++) {
        double d1[INPUTS][FIRST] = {0}, d2[FIRST][SECOND] = {0}, d3[SECOND] = {0};
        for (int s = 0; s < ROWS; s++) {
            double h1[FIRST], h2[SECOND], dh1[FIRST] = {0}, dz2[SECOND], z = 0;
            for (int j = 0; j < FIRST; j++) {
                double sum = 0;
                for (int i = 0; i < INPUTS; i++)
                    sum += points[s][i] * v1[i][j];
                h1[j] = sigmoid(sum);
            }
            for (int j = 0; j < SECOND; j++) {
                double sum = 0;
                for (int i = 0; i < FIRST; i++)
                    sum += h1[i] * v2[i][j];
                h2[j] = sigmoid(sum);
                z += h2[j] * v3[j];
            }
            double p = sigmoid(z), error = p - labels[s];
            loss += 0.5 * error * error;
            double dz3 = error * p * (1 - p);
            for (int j = 0; j < SECOND; j++) {
                d3[j] += dz3 * h2[j];
                dz2[j] = dz3 * v3[j] * h2[j] * (1 - h2[j]);
            }
            for (int i = 0; i < FIRST; i++)
                for (int j = 0; j < SECOND; j++) {
                    d2[i][j] += h1[i] * dz2[j];
                    dh1[i] += v2[i][j] * dz2[j];
                }
            for (int j = 0; j < FIRST; j++) {
                double dz1 = dh1[j] * h1[j] * (1 - h1[j]);
                for (int i = 0; i < INPUTS; i++)
                    d1[i][j] += points[s][i] * dz1;
            }
        }
        for (int i = 0; i < INPUTS; i++)
            for (int j = 0; j < FIRST; j++)
                v1[i][j] -= rate * d1[i][j];
        for (int i = 0; i < FIRST; i++)
            for (int j = 0; j < SECOND; j++)
                v2[i][j] -= rate * d2[i][j];
        for (int j = 0; j < SECOND; j++)
            v3[j] -= rate * d3[j];
    }
    sink = loss;
}

#ifdef __FAST_MATH__
#define FLAGS "C loop with -ffast-math"
#else
#define FLAGS "C loop"
#endif

int main(int count, char **arguments) {
    const char *version = FLAGS ", gcc " STRINGIFY(__GNUC__) "." STRINGIFY(__GNUC_MINOR__);
    if (count > 1 && strcmp(arguments[1], "T1") == 0)
        report(version, prepare_heights, train_heights);
    else if (count > 1 && strcmp(arguments[1], "T2") == 0)
        report(version, prepare_points, train_points);
    else
        return 2;
    return 0;
}
