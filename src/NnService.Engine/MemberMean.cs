using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Activations;
using NnService.Engine.Kernels;
using NnService.Engine.Losses;

namespace NnService.Engine;

/// <summary>
/// The one answer of an ensemble: the mean of what its members answer, ȳ = (y₁ + y₂ + …) / k with yᵢ = link(zᵢ). Not for two threads at once.
/// </summary>
// z [members, rows, outputs]   →   ȳ [rows, outputs]
internal sealed class MemberMean<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Below, a mean of probabilities has lost digits to underflow.
    private static readonly T s_small = T.CreateTruncating(typeof(T) == typeof(float) ? 1e-30 : 1e-290);

    private readonly int _members;
    private readonly int _outputs;
    private readonly OutputLink _link;
    private readonly Activation<T> _function;
    private readonly T[] _linked;
    private readonly T[] _mean;
    private readonly T[] _others;
    private readonly T[] _logits;

    /// <param name="network">The ensemble.</param>
    /// <param name="link">What stands between its outputs and its answers.</param>
    /// <param name="maxRows">Rows at once.</param>
    public MemberMean(Network<T> network, OutputLink link, int maxRows)
    {
        (_members, _outputs, _link, _function) = (network.Members, network.Outputs, link, link.ToActivation().Build<T>());
        var length = checked(maxRows * network.Outputs);
        (_linked, _mean) = (new T[link == OutputLink.Identity ? 0 : checked(length * network.Members)], new T[length]);
        (_others, _logits) = (new T[link == OutputLink.Sigmoid ? length : 0], new T[link == OutputLink.Identity ? 0 : length]);
    }

    /// <summary>ȳ, which lives until the next call.</summary>
    public ReadOnlySpan<T> Answers(ReadOnlySpan<T> z)
    {
        if (_link == OutputLink.Identity)
            return MeanOf(z, _mean);
        var linked = _linked.AsSpan(0, z.Length);
        _function.Forward(z, _outputs, linked);
        return MeanOf(linked, _mean);
    }

    /// <summary>
    /// What a loss reads: ȳ, or where the loss reads logits those whose link is ȳ, ln ȳ of softmax and ln ȳ − ln(1 − ȳ) of sigmoid; they keep their digits
    /// where ȳ has rounded to 0 or 1.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ReadOnlySpan<T> Logits(ReadOnlySpan<T> z)
    {
        var mean = Answers(z);
        if (_link == OutputLink.Identity)
            return mean;
        var logits = _logits.AsSpan(0, mean.Length);
        Elementwise.Map<T, Logarithm>(mean, logits);
        for (var i = 0; i < logits.Length; i++)
            if (mean[i] < s_small)
                logits[i] = T.CreateTruncating(LogOfMean(z, i, sign: 1));
        return _link == OutputLink.Sigmoid ? LessThoseOfOthers(z, logits) : logits;
    }

    // ln ȳ less ln of the mean of 1 − yᵢ = link(−zᵢ)
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private Span<T> LessThoseOfOthers(ReadOnlySpan<T> z, Span<T> logits)
    {
        var linked = _linked.AsSpan(0, z.Length);
        Elementwise.Map<T, Negative>(z, linked);
        _function.Forward(linked, _outputs, linked);
        var others = MeanOf(linked, _others);
        for (var i = 0; i < logits.Length; i++)
            logits[i] -= others[i] < s_small ? T.CreateTruncating(LogOfMean(z, i, sign: -1)) : Transcendentals.Log(others[i]);
        return logits;
    }

    private ReadOnlySpan<T> MeanOf(ReadOnlySpan<T> values, T[] mean)
    {
        var sum = mean.AsSpan(0, values.Length / _members);
        values[..sum.Length].CopyTo(sum);
        for (var at = sum.Length; at < values.Length; at += sum.Length)
            Elementwise.Map<T, Sum>(sum, values.Slice(at, sum.Length), sum);
        Elementwise.Map(sum, sum, new Quotient(T.CreateChecked(_members)));
        return sum;
    }

    // ln ((e^l₁ + e^l₂ + …) / k) with lᵢ the logarithm of a member's probability, from the greatest lᵢ on.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double LogOfMean(ReadOnlySpan<T> z, int index, int sign)
    {
        var (length, most, sum) = (z.Length / _members, double.NegativeInfinity, 0.0);
        for (var at = index; at < z.Length; at += length)
            most = Math.Max(most, LogOfProbability(z, at, sign));
        for (var at = index; at < z.Length; at += length)
            sum += Transcendentals.Exp(LogOfProbability(z, at, sign) - most);
        return most + Transcendentals.Log(sum / _members);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double LogOfProbability(ReadOnlySpan<T> z, int at, int sign)
    {
        if (_link == OutputLink.Sigmoid)
            return -Transcendentals.Softplus(-sign * double.CreateTruncating(z[at]));
        var row = z.Slice(at / _outputs * _outputs, _outputs);
        var (most, sum) = (double.NegativeInfinity, 0.0);
        foreach (var logit in row)
            most = Math.Max(most, double.CreateTruncating(logit));
        foreach (var logit in row)
            sum += Transcendentals.Exp(double.CreateTruncating(logit) - most);
        return double.CreateTruncating(z[at]) - most - Transcendentals.Log(sum);
    }

    private readonly struct Logarithm : IUnaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> x) => Transcendentals.Log(x);
    }

    private readonly struct Negative : IUnaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> x) => -x;
    }

    private readonly struct Sum : IBinaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> x, Vector512<T> y) => x + y;
    }

    private readonly struct Quotient(T divisor) : IParametricUnaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> x) => x / Vector512.Create(divisor);
    }
}
