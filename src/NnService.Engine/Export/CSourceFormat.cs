using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using NnService.Engine.Specs;

namespace NnService.Engine.Export;

/// <summary>
/// One C99 file and its header, which need nothing but the standard library, zipped with manifest and test vectors. The same operations in the same order as
/// the engine's, so the same bits, in float64 and in float32.
/// </summary>
public sealed class CSourceFormat : ExportFormat
{
    private const int MostParameters = 2_000_000;
    private const string SourceName = "model.c";

    // Of every entry: the same model gives the same bytes.
    private static readonly DateTimeOffset s_time = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <inheritdoc />
    public override string Name => "c";

    /// <inheritdoc />
    public override string Extension => "zip";

    /// <inheritdoc />
    public override string ContentType => "application/zip";

    internal override long BytesPerParameter => 160;

    /// <inheritdoc />
    protected override double Bound => 0;

    /// <inheritdoc />
    protected override string Measured =>
        "The constants of the written C file, read back, through the same operations one by one, on the same rows. "
        + "Not run through a compiler: build model.c with -DMODEL_TEST to check the test vectors.";

    internal override byte[] Write(ExportSource source)
    {
        if (source.Model.ParameterCount > MostParameters)
            throw new ExportException($"The model has {source.Model.ParameterCount:N0} parameters, too many for a source file; take onnx or safetensors.");
        if (source.Inputs.SelectMany(input => input.Column.Categories).Concat(source.ResultNames).FirstOrDefault(text => text.Contains('\0')) is { } ended)
            throw new ExportException(
                $"The category or label \"{ended.Replace("\0", "\\0")}\" has a NUL character, which ends a text in C; take json, onnx or safetensors.");
        var text = new CSourceText(source);
        var zipped = new MemoryStream();
        using (var zip = new ZipArchive(zipped, ZipArchiveMode.Create, leaveOpen: true))
        {
            Add(zip, SourceName, text.Source());
            Add(zip, "model.h", text.Header());
            Add(zip, "manifest.json", Indented(source.Manifest));
            Add(zip, "test_vectors.json", Indented(source.Vectors()));
        }

        return zipped.ToArray();
    }

    internal override ExportResults Evaluate(byte[] file, ExportSource source)
    {
        using var zip = new ZipArchive(new MemoryStream(file));
        using var reader = new StreamReader(zip.GetEntry(SourceName)!.Open(), Encoding.UTF8);
        return CSourceEvaluator.Run(reader.ReadToEnd(), source);
    }

    private static string Indented(JsonObject json) => json.ToJsonString(new(SpecJson.Options) { WriteIndented = true });

    private static void Add(ZipArchive zip, string name, string text)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.Fastest);
        entry.LastWriteTime = s_time;
        using var stream = entry.Open();
        stream.Write(Encoding.UTF8.GetBytes(text));
    }
}
