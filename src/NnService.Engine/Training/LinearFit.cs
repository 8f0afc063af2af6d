using System.Numerics;
using System.Runtime.CompilerServices;
using NnService.Engine.Kernels;
using NnService.Engine.Losses;
using NnService.Engine.Training.Intervals;

namespace NnService.Engine.Training;

/// <summary>
/// The linear model that a network has to beat: logistic regression or ridge regression on the same encoded rows, with the same row weights.
/// min Σ loss + ½‖W‖² (as scikit-learn's C = 1; for squared errors Σ error² + ‖W‖², its alpha = 1), the biases free, over the sum of the rows' weights.
/// Weights of classes count too, as its class_weight does; label smoothing does not.
/// </summary>
/// <remarks>Weights that sum to less than the rows of equal weight that tell as much, (Σ w)² / Σ w², are multiplied until they do: they may be of any unit,
/// and the penalty would outweigh small ones.</remarks>
public static class LinearFit
{
    /// <summary>A model with more parameters is not fitted: it would no longer be quick.</summary>
    public const long MostParameters = 500_000;

    /// <summary>Operations after which the fit ends where it is: a few seconds on one core.</summary>
    public const double MostOperations = 6e10;

    private const int ChunkRows = 1024;
    private const int FewestEvaluations = 5;
    private const int MostEvaluations = 400; // some 20 to 60 do where columns are not nearly each other's sums
    private const double CurvatureOfShares = 0.25; // of a cross-entropy where nothing is known; of squared errors it is that of the penalty

    /// <summary>The flat parameters of <see cref="ModelBaselines.LinearNetworkOf"/>, from zeros by L-BFGS; the same bits for any team.</summary>
    /// <param name="samples">The training rows.</param>
    /// <param name="loss">The usual loss of the task.</param>
    /// <param name="team">Threads to share the work with; null for the caller's alone.</param>
    /// <param name="isCancelled">Asked before each pass over the rows; true ends the fit where it is.</param>
    /// <param name="mostOperations">Operations after which it does too.</param>
    /// <param name="labelSmoothing">That of the samples, which is undone.</param>
    public static T[] Parameters<T>(
        Samples<T> samples, LossSpec loss, Team? team, Func<bool>? isCancelled = null, double mostOperations = MostOperations, double labelSmoothing = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Of(samples, loss, team, isCancelled, mostOperations, labelSmoothing).Parameters;

    /// <summary>The same, and after how many passes over the rows the operations were used up before the fit had found its end; null: it has.</summary>
    // Operations are counted as if no input were 0, so that the fit is as long however the rows lie in memory.
    public static (T[] Parameters, int? CutShortAfter) Of<T>(
        Samples<T> samples, LossSpec loss, Team? team, Func<bool>? isCancelled = null, double mostOperations = MostOperations, double labelSmoothing = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(loss);
        var objective = new Objective<T>(samples, loss, team, labelSmoothing);
        var operations = 4.0 * samples.Rows * objective.Count;
        var evaluations = (int)Math.Clamp(Math.Min(mostOperations, MostOperations) / operations, FewestEvaluations, MostEvaluations);
        var (found, isCutShort) = Lbfgs.Minimize(objective.Count, objective.Evaluate, loss.Link == OutputLink.Identity, evaluations, isCancelled);
        var parameters = new double[found.Length];
        objective.Centering.ToParameters(found, parameters);
        return (Array.ConvertAll(parameters, T.CreateTruncating), isCutShort && evaluations < MostEvaluations ? evaluations : null);
    }

    /// <summary>The mean loss over all rows and its gradient, chunk by chunk in the order of the rows.</summary>
    private sealed class Objective<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly Samples<T> _samples;
        private readonly Loss<T> _loss;
        private readonly CompactProduct<T> _product;
        private readonly T[] _parameters;
        private readonly T[] _output;
        private readonly T[] _outputGradient;
        private readonly T[] _labels; // room for targets without label smoothing; empty: they have none
        private readonly T _middle; // of what it makes of 0 and of 1
        private readonly double[] _exact;
        private readonly int _weights;
        private readonly double _inverse;
        private readonly double _decay;

        public Objective(Samples<T> samples, LossSpec loss, Team? team, double labelSmoothing)
        {
            (_samples, _loss) = (samples, loss.Build<T>());
            _product = new CompactProduct<T>(samples.Pieces, samples.RowWidth, samples.InputWidth, samples.TargetWidth, team);
            _parameters = new T[(samples.InputWidth + 1) * samples.TargetWidth];
            _exact = new double[_parameters.Length];
            var outputs = Math.Min(ChunkRows, samples.Rows) * samples.TargetWidth;
            (_output, _outputGradient, _labels) = (new T[outputs], new T[outputs], labelSmoothing == 0 ? [] : new T[outputs]);
            // Between s / K and (1 − s) + s / K, with K labels; one output stands for two.
            _middle = T.CreateTruncating(((1 - labelSmoothing) / 2) + (labelSmoothing / Math.Max(2, samples.TargetWidth)));
            _weights = samples.InputWidth * samples.TargetWidth;
            var total = samples.TotalWeight();
            _inverse = total > 0 ? 1 / total : 0;
            var penalty = total > 0 ? 1 / Math.Max(total, EffectiveRowsOf(samples, total)) : 0;
            // A row's squared error is a mean over the outputs, so its penalty is shared in the same way.
            var isRidge = loss.Link == OutputLink.Identity;
            _decay = penalty * (isRidge ? 2.0 / samples.TargetWidth : 1.0);
            Centering = InputCentering.Of(samples, penalty / (isRidge ? 1 : CurvatureOfShares));
        }

        public int Count => _parameters.Length;

        public InputCentering Centering { get; }

        public double Evaluate(ReadOnlySpan<double> at, Span<double> gradient)
        {
            Centering.ToParameters(at, _exact);
            for (var i = 0; i < at.Length; i++)
                _parameters[i] = T.CreateTruncating(_exact[i]);
            gradient.Clear();
            var sum = 0.0;
            for (var start = 0; start < _samples.Rows; start += ChunkRows)
                sum += Add(start, Math.Min(ChunkRows, _samples.Rows - start), gradient);

            var squares = 0.0;
            for (var i = 0; i < _weights; i++) // the weights come before the biases
            {
                squares += _exact[i] * _exact[i];
                gradient[i] += _decay * _exact[i];
            }

            Centering.OfGradient(gradient);

            return (sum * _inverse) + (0.5 * _decay * squares);
        }

        // 0 without weights.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static double EffectiveRowsOf(Samples<T> samples, double totalWeight)
        {
            var squares = 0.0;
            for (var start = 0; start < samples.Rows; start += ChunkRows)
                foreach (var weight in samples.Weights(start, Math.Min(ChunkRows, samples.Rows - start)))
                    squares += double.CreateChecked(weight) * double.CreateChecked(weight);
            return EffectiveRows.Of(totalWeight, squares);
        }

        private double Add(int start, int rows, Span<double> gradient)
        {
            var width = _samples.TargetWidth;
            var x = _samples.Compact(start, rows);
            var output = _output.AsSpan(0, rows * width);
            var outputGradient = _outputGradient.AsSpan(0, rows * width);
            _product.Forward(x, _parameters, output);
            var sum = _loss.SumAndGradient(
                output, Targets(start, rows), _samples.Weights(start, rows), width, T.CreateChecked(_inverse), outputGradient);
            _product.AddGradient(x, outputGradient, gradient);
            return sum;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private ReadOnlySpan<T> Targets(int start, int rows)
        {
            var targets = _samples.Targets(start, rows);
            if (_labels.Length == 0)
                return targets;
            for (var i = 0; i < targets.Length; i++)
                _labels[i] = targets[i] > _middle ? T.One : T.Zero;
            return _labels.AsSpan(0, targets.Length);
        }
    }
}
