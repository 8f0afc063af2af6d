namespace NnService.Engine.Training;

/// <summary>A function of many numbers and its gradient: writes ∂f/∂x [n] and returns f.</summary>
internal delegate double FunctionWithGradient(ReadOnlySpan<double> at, Span<double> gradient);

/// <summary>
/// Limited-memory BFGS: Nocedal and Wright 2006, algorithms 7.4 and 7.5, with a line search that halves the step until the function falls enough; of a
/// quadratic function it goes to the lowest point along the direction (equation 5.7), as conjugate gradients do.
/// </summary>
internal static class Lbfgs
{
    private const int Memory = 8;
    private const double EnoughFall = 1e-4; // Nocedal and Wright 2006, section 3.1
    private const double FlatGradient = 1e-11; // its square, of the function: about what can still be gained, second derivatives being about 1
    private const double FlatFunction = 1e-9; // what a step gains, of the function
    private const double Floor = 1e-3; // of where it began: below it, rounding is what a step finds, as no figure of the fit has so many digits
    private const int FlatSteps = 3; // one after the other: a single one may only have turned the direction
    private const int MostHalvings = 20;
    private const double MostExtrapolation = 100; // beyond so many steps the rounding of the gradient would count

    /// <summary>A minimum of a smooth convex function that is not below 0, from zeros; cut short where the evaluations do not reach so far.</summary>
    public static (double[] At, bool IsCutShort) Minimize(
        int count, FunctionWithGradient function, bool isQuadratic, int evaluations, Func<bool>? isCancelled)
    {
        var (at, gradient, next, nextGradient) = (new double[count], new double[count], new double[count], new double[count]);
        var direction = new double[count];
        var pairs = new List<(double[] Step, double[] Change, double Inverse)>();
        var (value, flat, used) = (function(at, gradient), 0, 1);
        var floor = Floor * value;
        while (used < evaluations && Dot(gradient, gradient) > FlatGradient * Math.Max(value, floor) && isCancelled?.Invoke() != true)
        {
            Direct(pairs, gradient, direction);
            var slope = Dot(gradient, direction);
            var length = pairs.Count == 0 ? 1 / Math.Max(1, Math.Sqrt(-slope)) : 1.0;
            var nextValue = double.NaN;
            for (var halving = 0; halving < MostHalvings && used < evaluations; halving++, length /= 2)
            {
                for (var i = 0; i < count; i++)
                    next[i] = at[i] + (length * direction[i]);
                nextValue = function(next, nextGradient);
                used++;
                if (isQuadratic && ToLowest(at, value, gradient, direction, slope, length, next, nextGradient) is { } lowest)
                {
                    nextValue = lowest;
                    break;
                }

                if (nextValue <= value + (EnoughFall * length * slope) || -length * slope < FlatFunction * Math.Max(value, floor))
                    break; // or shorter steps would look for a fall in what is rounding
            }

            if (!(nextValue < value))
                return (at, used >= evaluations);
            Remember(pairs, at, gradient, next, nextGradient);
            var fall = value - nextValue;
            (at, next, gradient, nextGradient) = (next, at, nextGradient, gradient);
            value = nextValue;
            flat = fall < FlatFunction * Math.Max(value, floor) ? flat + 1 : 0;
            if (flat == FlatSteps)
                return (at, false);
        }

        return (at, used >= evaluations && Dot(gradient, gradient) > FlatGradient * Math.Max(value, floor));
    }

    // Of a quadratic function the gradient is linear along the direction: where it is lowest there, and its gradient there, are known without another evaluation.
    private static double? ToLowest(
        double[] at, double value, double[] gradient, double[] direction, double slope, double length, double[] next, double[] nextGradient)
    {
        var rise = Dot(nextGradient, direction) - slope;
        var share = -slope / rise; // of the step
        if (!(share is > 0 and < MostExtrapolation))
            return null;
        for (var i = 0; i < at.Length; i++)
        {
            next[i] = at[i] + (share * length * direction[i]);
            nextGradient[i] = gradient[i] + (share * (nextGradient[i] - gradient[i]));
        }

        return value + (0.5 * share * length * slope);
    }

    // −H·gradient by the two loops of algorithm 7.4.
    private static void Direct(List<(double[] Step, double[] Change, double Inverse)> pairs, double[] gradient, double[] direction)
    {
        for (var i = 0; i < direction.Length; i++)
            direction[i] = -gradient[i];
        if (pairs.Count == 0)
            return;
        var shares = new double[pairs.Count];
        for (var p = pairs.Count - 1; p >= 0; p--)
        {
            shares[p] = pairs[p].Inverse * Dot(pairs[p].Step, direction);
            AddScaled(direction, pairs[p].Change, -shares[p]);
        }

        var (_, change, inverse) = pairs[^1];
        var scale = 1 / (inverse * Dot(change, change)); // equation 7.20
        for (var i = 0; i < direction.Length; i++)
            direction[i] *= scale;
        for (var p = 0; p < pairs.Count; p++)
            AddScaled(direction, pairs[p].Step, shares[p] - (pairs[p].Inverse * Dot(pairs[p].Change, direction)));
    }

    private static void Remember(
        List<(double[] Step, double[] Change, double Inverse)> pairs, double[] at, double[] gradient, double[] next, double[] nextGradient)
    {
        var (step, change) = (new double[at.Length], new double[at.Length]);
        for (var i = 0; i < at.Length; i++)
            (step[i], change[i]) = (next[i] - at[i], nextGradient[i] - gradient[i]);
        var curvature = Dot(step, change);
        if (!(curvature > 1e-12 * Dot(change, change)))
            return; // not convex there, to the digits we have
        if (pairs.Count == Memory)
            pairs.RemoveAt(0);
        pairs.Add((step, change, 1 / curvature));
    }

    private static double Dot(double[] a, double[] b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    private static void AddScaled(double[] sum, double[] term, double factor)
    {
        for (var i = 0; i < sum.Length; i++)
            sum[i] += factor * term[i];
    }
}
