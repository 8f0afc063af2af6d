namespace NnService.Engine.Export;

/// <summary>
/// The layers in C99, with the engine's orders of operations. <c>REAL</c> and <c>_F</c> stand for the type and the suffix of its functions,
/// <c>$</c> for the model's prefix, which every name of the file has.
/// </summary>
internal static class CLayers
{
    public const string Text =
        """
        static int $category_of(const char *text, const char *const *names, int count)
        {
            int i;
            for (i = 0; text && i < count; i++)
                if (!strcmp(text, names[i]))
                    return i;
            return -1;
        }

        /* Names a column's texts that stand for a missing one besides the empty one: what is a category is none, whatever it looks like. */
        static int $is_missing(const char *text, const char *const *names, int count)
        {
            return !text || !*text || $category_of(text, names, count) >= 0;
        }

        static int $encode_number(double value, int absent, int is_log, int is_clipped, double shift_by, double scale_by, double if_missing, double *x)
        {
            double apart;
            if (absent) {
                *x = if_missing;
                return 1;
            }
            if (is_log)
                value = $log1p_f64(value);
            apart = value - shift_by;
            if (value - value != 0)
                return 0;
            *x = apart - apart != 0 ? value / scale_by - shift_by / scale_by : apart / scale_by;
            if (is_clipped) {
                double near = *x > 1e9 ? 1e9 : *x < -1e9 ? -1e9 : *x;
                *x = near / sqrt(1 + near / 3 * (near / 3));
            }
            return *x - *x == 0;
        }

        static void $encode_category(const char *text, int absent, const char *const *names, int count, int width, int other, int if_missing, double *x)
        {
            int i, found = absent ? if_missing : $category_of(text, names, count);
            if (!absent && found < 0)
                found = other;
            for (i = 0; i < width; i++)
                x[i] = 0;
            if (found >= 0)
                x[found] = 1;
        }

        /* The tree over 16 lanes. */
        static double $tree_f64(const double *lane)
        {
            double eight[8], four[4];
            int i;
            for (i = 0; i < 8; i++)
                eight[i] = lane[i] + lane[i + 8];
            for (i = 0; i < 4; i++)
                four[i] = eight[i] + eight[i + 4];
            return (four[0] + four[2]) + (four[1] + four[3]);
        }

        static REAL $tree_of(const REAL *lane)
        {
            REAL eight[8], four[4];
            int i;
            for (i = 0; i < 8; i++)
                eight[i] = lane[i] + lane[i + 8];
            for (i = 0; i < 4; i++)
                four[i] = eight[i] + eight[i + 4];
            return (four[0] + four[2]) + (four[1] + four[3]);
        }

        static void $dense(const REAL *x, int inputs, const REAL *w, const REAL *b, int units, REAL *y)
        {
            int j, k;
            for (j = 0; j < units; j++)
                y[j] = 0;
            for (k = 0; k < inputs; k++, w += units)
                for (j = 0; j < units; j++)
                    y[j] = $fma_F(x[k], w[j], y[j]);
            for (j = 0; b && j < units; j++)
                y[j] = y[j] + b[j];
        }

        static void $multiply(const REAL *x, int width, const REAL *by, REAL *y)
        {
            int j;
            for (j = 0; j < width; j++)
                y[j] = x[j] * by[j];
        }

        static void $normalize_columns(const REAL *x, int width, const REAL *mu, const REAL *inv, const REAL *by, const REAL *plus, REAL *y)
        {
            int j;
            for (j = 0; j < width; j++)
                y[j] = $fma_F((x[j] - mu[j]) * inv[j], by[j], plus[j]);
        }

        static void $normalize_row(const REAL *x, int width, double epsilon, const REAL *by, const REAL *plus, REAL *y)
        {
            double lane[16] = { 0 }, square[16] = { 0 };
            REAL mu, inv;
            int j;
            for (j = 0; j < width; j++)
                lane[j % 16] = lane[j % 16] + (double)x[j];
            mu = (REAL)($tree_f64(lane) / width);
            for (j = 0; j < width; j++) {
                y[j] = x[j] - mu;
                square[j % 16] = $fma_f64((double)y[j], (double)y[j], square[j % 16]);
            }
            inv = (REAL)(1 / sqrt($tree_f64(square) / width + epsilon));
            for (j = 0; j < width; j++)
                y[j] = $fma_F(y[j] * inv, by[j], plus[j]);
        }

        static void $pass(const REAL *x, int count, REAL *y)
        {
            int j;
            for (j = 0; j < count; j++)
                y[j] = x[j];
        }

        /* (x w + b) + the sum of the code's products */
        static void $piecewise_linear(REAL x, const REAL *edge, int bins, const REAL *w, const REAL *b, const REAL *of_bin, int units, REAL *y)
        {
            int i, j;
            for (j = 0; j < units; j++)
                y[j] = 0;
            for (i = 0; i < bins; i++) {
                REAL code = (x - edge[i]) / (edge[i + 1] - edge[i]);
                if (i < bins - 1 && code > 1)
                    code = 1;
                if (i > 0 && code < 0)
                    code = 0;
                for (j = 0; j < units; j++)
                    y[j] = $fma_F(code, of_bin[i * units + j], y[j]);
            }
            for (j = 0; j < units; j++)
                y[j] = (x * w[j] + b[j]) + y[j];
        }

        static void $periodic(REAL x, const REAL *frequency, int count, const REAL *w, const REAL *b, int units, REAL *waves, REAL *y)
        {
            int i, j;
            for (i = 0; i < count; i++) {
                REAL turns = x * frequency[i];
                waves[i] = $sinpi_F(turns + turns);
                waves[count + i] = $cospi_F(turns + turns);
            }
            $dense(waves, 2 * count, w, b, units, y);
            for (j = 0; j < units; j++)
                y[j] = y[j] <= 0 ? 0 : y[j];
        }

        static void $cosines(REAL x, const REAL *frequency, const REAL *phase, int count, const REAL *by, const REAL *plus, REAL *y)
        {
            int i;
            y[0] = x * by[0] + plus[0];
            for (i = 0; i < count; i++) {
                REAL turns = x * frequency[i] + phase[i];
                y[i + 1] = $cospi_F(turns + turns) * by[i + 1] + plus[i + 1];
            }
        }

        static void $embed_category(const REAL *x, int count, const REAL *w, int units, REAL *y)
        {
            int i, j;
            for (j = 0; j < units; j++)
                y[j] = 0;
            for (i = 0; i < count; i++, w += units)
                for (j = 0; x[i] != 0 && j < units; j++)
                    y[j] = $fma_F(x[i], w[j], y[j]);
        }

        static void $softmax(const REAL *x, int width, REAL *y)
        {
            REAL lane[16] = { 0 }, most = x[0], sum;
            int j;
            for (j = 1; j < width; j++)
                if (x[j] > most)
                    most = x[j];
            for (j = 0; j < width; j++) {
                y[j] = $exp_F(x[j] - most);
                lane[j % 16] = lane[j % 16] + y[j];
            }
            sum = $tree_of(lane);
            for (j = 0; j < width; j++)
                y[j] = y[j] / sum;
        }

        static void $map(REAL (*f)(REAL), const REAL *x, int width, REAL *y)
        {
            int j;
            for (j = 0; j < width; j++)
                y[j] = f(x[j]);
        }


        """;
}
