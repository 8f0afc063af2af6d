using System.ComponentModel;
using System.Numerics;

namespace NnService.Engine.Losses;

/// <summary>L = mean over rows and outputs of |p − t|; ∂/∂p = sign(p − t) / count, 0 where p = t.</summary>
[Description("Mean over rows and outputs of |prediction - target|: outliers weigh less than squared.")]
public sealed record MeanAbsoluteErrorSpec : LossSpec
{
    /// <inheritdoc />
    public override string Type => "meanAbsoluteError";

    /// <inheritdoc />
    public override Loss<T> Build<T>() => new ElementwiseLoss<T, Element<T>>(default);

    private readonly struct Element<T> : IElementLoss<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public double Value(double prediction, double target) => Math.Abs(prediction - target);

        // A difference of NaN stays NaN: neither comparison holds.
        public T Derivative(T prediction, T target)
        {
            var error = prediction - target;
            return error > T.Zero ? T.One : error < T.Zero ? -T.One : error;
        }
    }
}
