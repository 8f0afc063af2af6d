using System.Text.Json.Nodes;

namespace NnService.Engine.Export;

/// <summary>A form in which a model can be taken away.</summary>
public abstract class ExportFormat
{
    /// <summary>Every format.</summary>
    public static IReadOnlyList<ExportFormat> Known { get; } = [new OnnxFormat(), new SafetensorsFormat(), new JsonFormat(), new CSourceFormat()];

    /// <summary>Its name in addresses.</summary>
    public abstract string Name { get; }

    /// <summary>What a file's name ends in.</summary>
    public abstract string Extension { get; }

    /// <summary>The media type of a file.</summary>
    public abstract string ContentType { get; }

    /// <summary>Memory that a parameter takes while it is written and what was written is evaluated, roughly.</summary>
    internal abstract long BytesPerParameter { get; }

    /// <summary>The greatest difference from the model's own answers with which a file is handed out.</summary>
    protected abstract double Bound { get; }

    /// <summary>The bound of a model whose difference is above <see cref="Bound"/>.</summary>
    protected virtual double BoundOf(ExportSource source) => Bound;

    /// <summary>What to do about a difference above <see cref="BoundOf"/>.</summary>
    protected virtual string Advice(ExportSource source) => "take another format, or report this model";

    /// <summary>How the difference was measured, in a sentence.</summary>
    protected abstract string Measured { get; }

    /// <summary>Memory that a model takes while it is written and what was written is evaluated, roughly.</summary>
    public virtual long BytesFor(TrainedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return (BytesPerParameter * model.ParameterCount) + ExportRows.BytesFor(model);
    }

    /// <summary>
    /// Writes the model, evaluates what was written on the source's rows, and writes it again with the measured difference in its manifest.
    /// </summary>
    /// <exception cref="ExportException">The format cannot say what the model does, or what was written is off its bound.</exception>
    public byte[] Export(ExportSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var manifest = ManifestOf(source);
        var difference = source.Expected.DifferenceFrom(Evaluate(Write(source with { Manifest = manifest }), source), source.Model.Description.Target);
        var bound = difference <= Bound ? Bound : BoundOf(source);
        if (!(difference <= bound))
        {
            throw new ExportException(
                $"The {Name} export answers differently from the model: the greatest difference on {source.Rows.Rows.Count} rows is {difference:g3}, "
                + $"the bound {bound:g3}. "
                + $"It is not handed out; {Advice(source)}.");
        }

        manifest["parity"] = new JsonObject
        {
            ["rows"] = source.Rows.Rows.Count,
            ["rowsOfTheDataset"] = source.Rows.FromTable,
            ["greatestDifference"] = difference,
            ["unit"] = ExportResults.UnitOf(source.Model.Description.Target),
            ["bound"] = bound,
            ["measured"] = Measured,
        };
        return Write(source with { Manifest = manifest });
    }

    /// <summary>Writes the file.</summary>
    internal abstract byte[] Write(ExportSource source);

    /// <summary>What the written file answers to the source's rows.</summary>
    internal abstract ExportResults Evaluate(byte[] file, ExportSource source);

    private JsonObject ManifestOf(ExportSource source)
    {
        var manifest = new JsonObject { ["format"] = Name };
        foreach (var (name, value) in source.Manifest)
            manifest[name] = value?.DeepClone();
        manifest["inputs"] = new JsonArray([.. source.Inputs.Select(InputOf)]);
        manifest["outputs"] = new JsonArray([.. source.ResultNames.Select(name => JsonValue.Create(name))]);
        return manifest;
    }

    private static JsonObject InputOf(ExportInput input)
    {
        var told = new JsonObject { ["name"] = input.Name, ["column"] = input.Column.Name, ["kind"] = input.Kind };
        if (input.Meaning is { } meaning)
            told["meaning"] = meaning;
        return told;
    }
}
