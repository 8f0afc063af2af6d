using System.ComponentModel;
using System.Numerics;
using System.Text.Json.Serialization;
using NnService.Engine.Kernels;

namespace NnService.Engine.Losses;

/// <summary>
/// L = mean over rows and outputs of −t ln p − (1 − t) ln(1 − p) with p = σ(z), computed from the logit z as
/// max(z, 0) − t z + ln(1 + e^−|z|), which neither overflows nor rounds p to 0 or 1; ∂/∂z = (σ(z) − t) / count.
/// </summary>
[Description("Mean over rows and outputs of -t ln p - (1 - t) ln(1 - p), for yes-or-no answers.")]
public sealed record BinaryCrossEntropySpec : LossSpec
{
    /// <inheritdoc />
    public override string Type => "binaryCrossEntropy";

    /// <inheritdoc />
    [JsonIgnore]
    public override OutputLink Link => OutputLink.Sigmoid;

    /// <inheritdoc />
    public override Loss<T> Build<T>() => new ElementwiseLoss<T, Element<T>>(default);

    /// <inheritdoc />
    public override Loss<T> BuildOnAnswers<T>() => new ElementwiseLoss<T, ElementOfProbability<T>>(default);

    private readonly struct Element<T> : IElementLoss<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public double Value(double logit, double target) =>
            Math.Max(logit, 0) - (target * logit) + Transcendentals.Log1p(Transcendentals.Exp(-Math.Abs(logit)));

        public T Derivative(T logit, T target) => Transcendentals.Sigmoid(logit) - target;
    }

    // ℓ = −t ln p − (1 − t) ln(1 − p);  ∂ℓ/∂p = (p − t) / (p (1 − p))
    private readonly struct ElementOfProbability<T> : IElementLoss<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public double Value(double prediction, double target)
        {
            var p = double.CreateChecked(Probability.Inside(T.CreateTruncating(prediction)));
            return -(target * Transcendentals.Log(p)) - ((1 - target) * Transcendentals.Log1p(-p));
        }

        public T Derivative(T prediction, T target)
        {
            var p = Probability.Inside(prediction);
            return (p - target) / (p * (T.One - p));
        }
    }
}
