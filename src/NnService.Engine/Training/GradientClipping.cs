using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Training;

/// <summary>g ← g · min(1, c / (‖g‖ + 10⁻⁶)) with the L2 norm over all parameters. Source: Pascanu, Mikolov, Bengio 2013; the constant is PyTorch's.</summary>
internal static class GradientClipping
{
    /// <summary>Clips in place; false, and the gradient as it was, where the norm is not finite.</summary>
    public static bool Clip<T>(Span<T> gradient, double most)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var norm = Math.Sqrt(Reductions.SumOfSquares<T>(gradient));
        if (!double.IsFinite(norm))
            return false;
        var factor = most / (norm + 1e-6);
        if (!(factor < 1))
            return true;
        Elementwise.Map(gradient, gradient, new Scaled<T>(T.CreateChecked(factor)));
        return true;
    }

    private readonly struct Scaled<T>(T factor) : IParametricUnaryFormula<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<T> Apply(Vector512<T> x) => x * factor;
    }
}
