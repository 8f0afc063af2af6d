using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Numerics;

namespace NnService.Engine.Losses;

/// <summary>
/// L = mean over rows and outputs of ½ e² where |e| ≤ δ, else δ (|e| − ½ δ), with e = p − t; ∂/∂p = e held within ±δ, / count. Source: Huber 1964.
/// </summary>
[Description("Squared near the target, absolute beyond delta: mean over rows and outputs of ½ e² up to delta, then delta (|e| - ½ delta).")]
public sealed record HuberSpec : LossSpec
{
    /// <inheritdoc />
    public override string Type => "huber";

    /// <summary>The error up to which the loss is squared.</summary>
    [Description("The error up to which the loss is squared.")]
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double Delta { get; init; } = 1;

    /// <inheritdoc />
    public override Loss<T> Build<T>() => new ElementwiseLoss<T, Element<T>>(new(Delta));

    private readonly struct Element<T>(double delta) : IElementLoss<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly T _delta = T.CreateChecked(delta);

        public double Value(double prediction, double target)
        {
            var size = Math.Abs(prediction - target);
            return size <= delta ? 0.5 * size * size : delta * (size - (0.5 * delta));
        }

        public T Derivative(T prediction, T target) => T.Clamp(prediction - target, -_delta, _delta);
    }
}
