using System.Numerics;
using System.Runtime.InteropServices;
using NnService.Engine.Layers;

namespace NnService.Engine.Export;

/// <summary>Makes a model from a description that may come from anywhere and arrays by name.</summary>
internal static class ModelNumbers
{
    /// <summary>The model.</summary>
    /// <param name="description">Everything but the numbers.</param>
    /// <param name="read">The numbers of an array in float64.</param>
    /// <exception cref="ArgumentException">Something does not fit together.</exception>
    public static TrainedModel Create(ModelDescription description, Func<ParameterSlice, double[]> read)
    {
        if (description.Target.Labels.Distinct(StringComparer.Ordinal).Count() != description.Target.Labels.Count)
            throw new ArgumentException("A label stands there twice.");
        var bytes = new List<byte>();
        foreach (var (i, part) in description.Parts.Index())
            bytes.AddRange(description.Precision == Precision.Float32 ? BytesOf<float>(part, Read(i)) : BytesOf<double>(part, Read(i)));
        var model = TrainedModel.Create(description, [.. bytes]);
        if (description.Baselines is { } baselines && baselines.Trivial.Count != Math.Max(description.Target.Labels.Count, description.Target.Columns.Count))
            throw new ArgumentException("The trivial baseline does not fit the target.");
        ModelBaselines.LinearOf(model);
        return model;

        Func<ParameterSlice, double[]> Read(int part) =>
            slice => read(description.Ensemble is null ? slice : slice with { Name = EnsembleModel.NameOf(part, slice.Name) });
    }

    private static byte[] BytesOf<T>(ModelDescription description, Func<ParameterSlice, double[]> read)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var network = Network<T>.Build(description.Network, description.Features.InputLayout(), link: description.Link);
        if (!description.Target.Accepts(network.Outputs))
            throw new ArgumentException($"The network has {network.Outputs} outputs, which do not fit the target.");
        var numbers = new List<T>();
        foreach (var value in network.Slices.Concat(network.StateSlices).SelectMany(read))
        {
            var number = T.CreateTruncating(value);
            numbers.Add(T.IsFinite(number) ? number : throw new ArgumentException("A parameter is too large for the model's precision."));
        }

        return MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(numbers)).ToArray();
    }
}
