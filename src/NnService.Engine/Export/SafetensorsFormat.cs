using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NnService.Engine.Specs;

namespace NnService.Engine.Export;

/// <summary>
/// The weights as safetensors: eight bytes with the length of a JSON header, the header, then the tensors as they are in memory.
/// The header's <c>__metadata__</c> holds <c>config</c> (the model's description), <c>manifest</c> and <c>test_vectors</c>, each JSON as text.
/// </summary>
/// <remarks>Source: the format's description at github.com/huggingface/safetensors.</remarks>
public sealed class SafetensorsFormat : ExportFormat
{
    private const int LengthBytes = 8;
    private const int Alignment = 8;

    /// <inheritdoc />
    public override string Name => "safetensors";

    /// <inheritdoc />
    public override string Extension => "safetensors";

    /// <inheritdoc />
    public override string ContentType => "application/octet-stream";

    internal override long BytesPerParameter => 40;

    /// <inheritdoc />
    protected override double Bound => 0;

    /// <inheritdoc />
    protected override string Measured => "A model made from the written header and tensors, on the same rows.";

    internal override byte[] Write(ExportSource source)
    {
        var model = source.Model;
        var size = source.IsSingle ? sizeof(float) : sizeof(double);
        var header = new JsonObject
        {
            ["__metadata__"] = new JsonObject
            {
                ["config"] = JsonSerializer.Serialize(model.Description, SpecJson.Options),
                ["manifest"] = source.Manifest.ToJsonString(SpecJson.Options),
                ["test_vectors"] = source.Vectors().ToJsonString(SpecJson.Options),
            },
        };
        foreach (var slice in model.Slices)
        {
            header[slice.Name] = new JsonObject
            {
                ["dtype"] = source.IsSingle ? "F32" : "F64",
                ["shape"] = new JsonArray([.. slice.Shape.Select(length => JsonValue.Create(length))]),
                ["data_offsets"] = new JsonArray((long)slice.Offset * size, (long)(slice.Offset + slice.Count) * size),
            };
        }

        var text = Encoding.UTF8.GetBytes(header.ToJsonString(SpecJson.Options));
        var padded = (text.Length + Alignment - 1) / Alignment * Alignment;
        var file = new byte[LengthBytes + padded + model.ParameterBytes.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, padded);
        file.AsSpan(LengthBytes, padded).Fill((byte)' ');
        text.CopyTo(file, LengthBytes);
        model.ParameterBytes.CopyTo(file, LengthBytes + padded);
        return file;
    }

    internal override ExportResults Evaluate(byte[] file, ExportSource source)
    {
        var length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        using var header = JsonDocument.Parse(file.AsMemory(LengthBytes, length));
        var config = header.RootElement.GetProperty("__metadata__").GetProperty("config").GetString()!;
        var description = JsonSerializer.Deserialize<ModelDescription>(config, SpecJson.Options)!;
        var model = ModelNumbers.Create(description, slice =>
        {
            var offsets = header.RootElement.GetProperty(slice.Name).GetProperty("data_offsets");
            var (from, to) = (offsets[0].GetInt32(), offsets[1].GetInt32());
            var bytes = file.AsSpan(LengthBytes + length + from, to - from);
            return source.IsSingle ? Widen<float>(bytes) : Widen<double>(bytes);
        });
        return ExportResults.Of(model, source.Rows);
    }

    private static double[] Widen<T>(ReadOnlySpan<byte> bytes)
        where T : unmanaged, INumber<T> => Array.ConvertAll(MemoryMarshal.Cast<byte, T>(bytes).ToArray(), double.CreateChecked);
}
