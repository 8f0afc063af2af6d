using System.Numerics;
using System.Runtime.CompilerServices;
using NnService.Engine.Kernels;

namespace NnService.Engine.Training;

/// <summary>
/// Lets the linear fit move over centred and scaled inputs, z = (x − shift) · factor, so that all weights matter about as much: otherwise L-BFGS goes back
/// and forth between a few of them and ends before it has found the others. The function that is minimized, its penalty included, stays the same.
/// </summary>
// The second derivative by the weight of a centred input is h · deviation², h that of the loss, and the penalty adds its own: the factor makes 1 of the sum,
// but for what all inputs share (a Jacobi preconditioner).
internal sealed class InputCentering
{
    private const double Constant = 1e-7; // of the mean: a smaller deviation is rounding
    private const double SquareRootOfTwo = 1.4142135623730951;
    private const int ChunkRows = 1024;
    private const int FewCategories = 256; // of more, what takes row by row longer than the fit follows from their counts, but for the last bits

    private readonly double[] _shifts;
    private readonly double[] _factors;
    private readonly int _units;

    private InputCentering(double[] shifts, double[] factors, int units) => (_shifts, _factors, _units) = (shifts, factors, units);

    /// <summary>What the inputs of some rows need.</summary>
    /// <param name="samples">The rows.</param>
    /// <param name="penalty">Second derivative of the penalty over that of the loss by a weight of an input of variance 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static InputCentering Of<T>(Samples<T> samples, double penalty)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var width = samples.InputWidth;
        var (means, squares) = (new double[width], new double[width]);
        var (wide, pieces) = (new double[width], samples.Pieces);
        ReadOnlySpan<T> chunk = [];
        for (var row = 0; row < samples.Rows; row++)
        {
            if (chunk.IsEmpty)
                chunk = samples.Compact(row, Math.Min(ChunkRows, samples.Rows - row));
            var compact = chunk[..samples.RowWidth];
            chunk = chunk[samples.RowWidth..];
            foreach (var piece in pieces)
            {
                var inputs = wide.AsSpan(piece.To, piece.Length);
                if (!piece.IsOneHot)
                    Conversion.Widen(compact.Slice(piece.From, piece.Length), inputs);
                else if (compact[piece.From] >= T.Zero)
                    inputs[int.CreateTruncating(compact[piece.From])] += 1; // of many categories their count, of few this row's
                if (piece.IsOneHot && piece.Length > FewCategories)
                    continue;
                Add(inputs, row + 1, means.AsSpan(piece.To, piece.Length), squares.AsSpan(piece.To, piece.Length));
                if (piece.IsOneHot)
                    inputs.Clear();
            }
        }

        foreach (var piece in pieces.Where(piece => piece.IsOneHot && piece.Length > FewCategories))
            for (var i = piece.To; i < piece.To + piece.Length; i++)
                (means[i], squares[i]) = (wide[i] / samples.Rows, wide[i] * (samples.Rows - wide[i]) / samples.Rows);

        var (shifts, factors) = (new double[width], new double[width]);
        for (var i = 0; i < width; i++)
        {
            var deviation = Math.Sqrt(squares[i] / Math.Max(1, samples.Rows));
            var isKnown = double.IsFinite(deviation) && deviation > Constant * Math.Abs(means[i]);
            (shifts[i], factors[i]) = isKnown ? (means[i], 1 / Rounded((deviation * deviation) + penalty)) : (0, 1);
        }

        return new InputCentering(shifts, factors, samples.TargetWidth);
    }

    // The root of the nearest power of two, so that inputs of nearly one deviation get the same factor. Where there are more of them than rows, the fit would
    // otherwise first find the weights that are least after the factors, and need as many steps again to those that are least before them.
    private static double Rounded(double square) => Math.Sqrt(Math.ScaleB(1, Math.ILogB(square * SquareRootOfTwo)));

    /// <summary>Takes one more row into means and sums of squared deviations: step = x − mean, mean += step / count, squares += step · (x − mean).</summary>
    // Welford 1962. Number by number the divisions would take most of the whole fit where inputs are thousands.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Add(ReadOnlySpan<double> row, long count, Span<double> means, Span<double> squares)
    {
        var i = 0;
        for (; i <= row.Length - Vector<double>.Count; i += Vector<double>.Count)
        {
            var x = new Vector<double>(row[i..]);
            var (mean, square) = (new Vector<double>(means[i..]), new Vector<double>(squares[i..]));
            var step = x - mean;
            mean += step / new Vector<double>(count);
            square += step * (x - mean);
            mean.CopyTo(means[i..]);
            square.CopyTo(squares[i..]);
        }

        for (; i < row.Length; i++)
        {
            var step = row[i] - means[i];
            means[i] += step / count;
            squares[i] += step * (row[i] - means[i]);
        }
    }

    /// <summary>W = V · factor, b = c − W · shift.</summary>
    /// <param name="at">V [inputs, units] and behind it c [units], for centred inputs.</param>
    /// <param name="parameters">W and b for the inputs as they are, overwritten.</param>
    public void ToParameters(ReadOnlySpan<double> at, Span<double> parameters)
    {
        at.CopyTo(parameters);
        var biases = parameters[(_shifts.Length * _units)..];
        for (var i = 0; i < _shifts.Length; i++)
            for (var k = 0; k < _units; k++)
            {
                ref var weight = ref parameters[(i * _units) + k];
                weight *= _factors[i];
                biases[k] -= weight * _shifts[i];
            }
    }

    /// <summary>∂L/∂V = (∂L/∂W − ∂L/∂b · shift) · factor, in place; ∂L/∂c = ∂L/∂b.</summary>
    public void OfGradient(Span<double> gradient)
    {
        var biases = gradient[(_shifts.Length * _units)..];
        for (var i = 0; i < _shifts.Length; i++)
            for (var k = 0; k < _units; k++)
            {
                ref var weight = ref gradient[(i * _units) + k];
                weight = (weight - (biases[k] * _shifts[i])) * _factors[i];
            }
    }
}
