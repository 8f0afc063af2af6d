using System.Numerics;

namespace NnService.Engine.Training;

/// <summary>
/// Lets the linear fit move over centred inputs, z = (x − shift) · factor, where an input lies far from zero or is large: otherwise weight and bias
/// of such an input can only move together, and L-BFGS ends before it has begun. The function that is minimized, its penalty included, stays the same.
/// </summary>
// Inputs as encodings make them (about standardized, or 0 and 1) keep shift 0 and factor 1, and with them every bit.
internal sealed class InputCentering
{
    private const double FarFromZero = 16; // standard deviations
    private const double BeyondIndicators = 2; // an input of 0 and 1 has a mean of at most 1
    private const double Large = 64;
    private const int ChunkRows = 1024;

    private readonly double[] _shifts;
    private readonly double[] _factors;
    private readonly int _units;
    private readonly bool _isNeeded;

    private InputCentering(double[] shifts, double[] factors, int units)
    {
        (_shifts, _factors, _units) = (shifts, factors, units);
        _isNeeded = shifts.Any(shift => shift != 0) || factors.Any(factor => factor != 1);
    }

    /// <summary>What the inputs of some rows need.</summary>
    public static InputCentering Of<T>(Samples<T> samples)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var width = samples.InputWidth;
        var (means, squares) = (new double[width], new double[width]);
        var room = new T[samples.RoomFor(Math.Min(ChunkRows, samples.Rows))];
        var count = 0L;
        for (var start = 0; start < samples.Rows; start += ChunkRows)
        {
            var rows = Math.Min(ChunkRows, samples.Rows - start);
            var inputs = samples.Range(start, rows, room).Inputs;
            for (var row = 0; row < rows; row++)
            {
                count++;
                for (var i = 0; i < width; i++) // Welford 1962
                {
                    var x = double.CreateChecked(inputs[(row * width) + i]);
                    var step = x - means[i];
                    means[i] += step / count;
                    squares[i] += step * (x - means[i]);
                }
            }
        }

        var (shifts, factors) = (new double[width], new double[width]);
        for (var i = 0; i < width; i++)
        {
            var deviation = Math.Sqrt(squares[i] / Math.Max(1, count));
            var isFar = Math.Abs(means[i]) > Math.Max(FarFromZero * deviation, BeyondIndicators);
            var isOdd = double.IsFinite(deviation) && deviation > 0 && (isFar || deviation > Large);
            (shifts[i], factors[i]) = isOdd ? (means[i], 1 / deviation) : (0, 1);
        }

        return new InputCentering(shifts, factors, samples.TargetWidth);
    }

    /// <summary>W = V · factor, b = c − W · shift.</summary>
    /// <param name="at">V [inputs, units] and behind it c [units], for centred inputs.</param>
    /// <param name="parameters">W and b for the inputs as they are, overwritten.</param>
    public void ToParameters(ReadOnlySpan<double> at, Span<double> parameters)
    {
        at.CopyTo(parameters);
        if (!_isNeeded)
            return;
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
        if (!_isNeeded)
            return;
        var biases = gradient[(_shifts.Length * _units)..];
        for (var i = 0; i < _shifts.Length; i++)
            for (var k = 0; k < _units; k++)
            {
                ref var weight = ref gradient[(i * _units) + k];
                weight = (weight - (biases[k] * _shifts[i])) * _factors[i];
            }
    }
}
