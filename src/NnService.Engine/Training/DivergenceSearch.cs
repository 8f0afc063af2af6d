using System.Numerics;
using NnService.Engine.Kernels;

namespace NnService.Engine.Training;

/// <summary>Finds the first number that is not finite in what a pass has left behind. Nothing here runs while all is well.</summary>
internal static class DivergenceSearch
{
    /// <summary>Whether all numbers are finite.</summary>
    public static bool AllFinite<T>(ReadOnlySpan<T> numbers)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Reductions.AllFinite(numbers);

    /// <summary>What went wrong in a forward pass whose loss is not finite.</summary>
    public static (DivergedValue Value, int? Layer) InForwardPass<T>(Network<T> network, Workspace<T> workspace, ReadOnlySpan<T> inputs, int rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!AllFinite(inputs))
            return (DivergedValue.Input, null);
        for (var layer = 0; layer < network.Layers.Count; layer++)
            if (!AllFinite<T>(workspace.Output(layer, network.RowsBehind(layer, rows))))
                return (DivergedValue.Output, layer);
        return (DivergedValue.Loss, null);
    }

    /// <summary>What went wrong in a step whose gradient or whose updated parameters are not finite.</summary>
    public static (DivergedValue Value, int? Layer) InUpdate<T>(Network<T> network, ReadOnlySpan<T> parameters, ReadOnlySpan<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var layer = network.Layers.Count - 1; layer >= 0; layer--)
            if (!AllFinite(network.ParametersOf(layer, gradient)))
                return (DivergedValue.Gradient, layer);
        return InParameters(network, parameters) is { } updated
            ? (DivergedValue.Parameters, updated)
            : (DivergedValue.Gradient, null); // every number is finite, the square of the norm is not
    }

    /// <summary>The first layer with a parameter that is not finite; null: there is none.</summary>
    public static int? InParameters<T>(Network<T> network, ReadOnlySpan<T> parameters)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (var layer = 0; layer < network.Layers.Count; layer++)
            if (!AllFinite(network.ParametersOf(layer, parameters)))
                return layer;
        return null;
    }
}
