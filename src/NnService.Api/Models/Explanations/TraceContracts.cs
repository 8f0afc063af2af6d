using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using NnService.Api.Http;
using NnService.Engine.Explain;
using NnService.Engine.Losses;
using NnService.Engine.Specs;

namespace NnService.Api.Models.Explanations;

/// <summary>A row to take a model apart with.</summary>
public sealed record TraceRequest : IHoldsRows, ICheckedRequest
{
    /// <summary>Raw values: an object, or an array in the model's own order of features.</summary>
    [Required]
    public JsonElement? Row { get; init; }

    /// <summary>What is true of the row: a label, a number, or for several outputs an object by column or an array.</summary>
    [Required]
    public JsonElement? Target { get; init; }

    /// <summary>The loss; left out: the one the model was trained with, or the usual one of its task.</summary>
    public LossSpec? Loss { get; init; }

    /// <summary>The rate of the one step of gradient descent; left out: 0.1.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double? LearningRate { get; init; }

    /// <summary>The layer to list, from 0; left out: all, up to 10,000 parameters, and of a softmax 1,000 classes.</summary>
    public int? Layer { get; init; }

    /// <summary>The neuron of that layer to list, from 0; left out: all, up to 10,000 parameters, and of a softmax 1,000 classes.</summary>
    public int? Neuron { get; init; }

    /// <summary>The member of an ensemble to take apart, from 0; left out: 0.</summary>
    public int? Member { get; init; }
}

/// <summary>One row's way through a network and back, number by number. The same as text/plain and text/x-latex where `Accept` asks for it.</summary>
public sealed record TraceResponse
{
    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Its version; null for a checkpoint of a job under way.</summary>
    public required int? Version { get; init; }

    /// <summary>Steps the job had taken at the checkpoint; left out for a version.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required long? Step { get; init; }

    /// <summary>The member that was taken apart; left out where the model is no ensemble.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public required int? Member { get; init; }

    /// <summary>The row.</summary>
    public required TraceInput Input { get; init; }

    /// <summary>What is true of it.</summary>
    public required TraceTarget Target { get; init; }

    /// <summary>The layers from input to output, or the one asked for.</summary>
    public required IReadOnlyList<LayerTrace> Layers { get; init; }

    /// <summary>[outputs] what the network, or the member, answers, in the units of training.</summary>
    public required IReadOnlyList<double> Output { get; init; }

    /// <summary>The loss that was used.</summary>
    public required LossSpec LossFunction { get; init; }

    /// <summary>The row's loss.</summary>
    public required double Loss { get; init; }

    /// <summary>[outputs] ∂L/∂output.</summary>
    public required IReadOnlyList<double> LossGradient { get; init; }

    /// <summary>The rate of the one step of gradient descent.</summary>
    public required double LearningRate { get; init; }

    /// <summary>The trained numbers of the listed neurons.</summary>
    public required IReadOnlyList<ParameterTrace> Parameters { get; init; }

    /// <summary>What to know about the figures.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }
}

/// <summary>A row as it came and as it goes into the network.</summary>
/// <param name="Raw">By column.</param>
/// <param name="Encoded">[inputs] scaled, one-hot.</param>
/// <param name="Names">[inputs] what each of them is.</param>
public sealed record TraceInput(IReadOnlyDictionary<string, JsonElement> Raw, IReadOnlyList<double> Encoded, IReadOnlyList<string> Names);

/// <summary>A target as it came and as the loss reads it.</summary>
/// <param name="Raw">As it came.</param>
/// <param name="Encoded">[outputs]</param>
public sealed record TraceTarget(JsonElement Raw, IReadOnlyList<double> Encoded);
