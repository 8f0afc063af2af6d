using System.Numerics;
using NnService.Engine;
using NnService.Engine.Data;

namespace NnService.Api.TrainingJobs;

/// <summary>Starts a training from the weights of a model with the same shapes, whose encodings the plan has taken over.</summary>
internal static class InitialWeights
{
    /// <summary>Why the model cannot be the start of the plan's network, or cannot encode the plan's rows; null where it can.</summary>
    public static string? WhyUnfit(TrainedModel model, TrainingPlan plan, Table table)
    {
        var theirs = NetworkShape.Of(model.Description.Network, model.Description.Features.Width, model.Outputs);
        var ours = NetworkShape.Of(plan.Network, plan.Features.Width, plan.Outputs);
        var sameLayers = plan.Network.Layers.Select(layer => layer.Type).SequenceEqual(model.Description.Network.Layers.Select(layer => layer.Type));
        return sameLayers && theirs.Layers.SequenceEqual(ours.Layers) && theirs.ParameterCount == ours.ParameterCount
            ? plan.Configuration.Precision == Precision.Float32 ? WhyNotEncoded<float>(plan, table) : WhyNotEncoded<double>(plan, table)
            : $"The model's layers are {Text(theirs)}, the network's are {Text(ours)}; a warm start needs the same shapes.";
    }

    // The encodings were fitted on other rows: a cell of these may be of another kind, without a logarithm, or too large.
    private static string? WhyNotEncoded<T>(TrainingPlan plan, Table table)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] room = [];
        try
        {
            foreach (var rows in (ReadOnlyMemory<int>[])[plan.Split.Train, plan.Split.Validation, plan.Split.Test])
            {
                foreach (var piece in table.Only(plan.Features.Columns.Select(column => column.Name)).Pieces(rows))
                {
                    var length = checked(piece.Rows.Length * plan.Features.Layout.CompactWidth);
                    if (room.Length < length)
                        room = new T[length];
                    plan.Features.Bind(piece.Slice).EncodeCompact<T>(piece.Rows, room.AsSpan(0, length));
                }

                plan.Target.Encode<T>(table, rows.Span, plan.Outputs, new T[checked(rows.Length * plan.Outputs)]);
            }

            return null;
        }
        catch (PreparationException bad)
        {
            return bad.Message;
        }
    }

    /// <summary>Copies the model's parameters and state, rounded to the run's precision.</summary>
    public static void Copy<T>(TrainedModel model, Span<T> parameters, Span<T> state)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var numbers = model.ReadNumbers();
        for (var i = 0; i < parameters.Length; i++)
            parameters[i] = T.CreateTruncating(numbers[i]);
        for (var i = 0; i < state.Length; i++)
            state[i] = T.CreateTruncating(numbers[parameters.Length + i]);
    }

    private static string Text(NetworkShape shape) => string.Join(", ", shape.Layers.Select(layer => $"{layer.Inputs}→{layer.Outputs}"));
}
