using System.Buffers;
using System.Text.Json;
using NnService.Engine.Layers;
using NnService.Engine.Specs;

namespace NnService.Engine.Export;

/// <summary>
/// Everything about a model as one readable document: <c>description</c> (network, encodings, precision), <c>parameters</c> by name in the shortest form that
/// reads back to the same bits, manifest and test vectors.
/// </summary>
public sealed class JsonFormat : ExportFormat
{
    /// <summary>What the document's member <c>format</c> says.</summary>
    public const string Marker = "nnservice-model-1";

    private const int MostParameters = 5_000_000;

    // Stricter than what the service itself has stored: a document may come from anywhere.
    private static readonly JsonSerializerOptions s_strict =
        new(SpecJson.Options) { RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true };

    /// <inheritdoc />
    public override string Name => "json";

    /// <inheritdoc />
    public override string Extension => "json";

    /// <inheritdoc />
    public override string ContentType => "application/json";

    internal override long BytesPerParameter => 120;

    /// <inheritdoc />
    protected override double Bound => 0;

    /// <inheritdoc />
    protected override string Measured => "A model made from the written document, on the same rows.";

    internal override byte[] Write(ExportSource source)
    {
        if (source.Model.ParameterCount > MostParameters)
            throw new ExportException($"The model has {source.Model.ParameterCount:N0} parameters, too many to be read as text; take onnx or safetensors.");
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = SpecJson.Options.Encoder, Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("format", Marker);
            json.WriteString("name", source.Name);
            json.WritePropertyName("manifest");
            source.Manifest.WriteTo(json, SpecJson.Options);
            json.WritePropertyName("description");
            JsonSerializer.Serialize(json, source.Model.Description, SpecJson.Options);
            json.WritePropertyName("testVectors");
            source.Vectors().WriteTo(json, SpecJson.Options);
            json.WriteStartObject("parameters");
            WriteParameters(json, source);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    internal override ExportResults Evaluate(byte[] file, ExportSource source)
    {
        using var document = JsonDocument.Parse(file);
        return ExportResults.Of(Read(document.RootElement.GetProperty("description"), document.RootElement.GetProperty("parameters")), source.Rows);
    }

    /// <summary>The model of a document's members <c>description</c> and <c>parameters</c>.</summary>
    /// <exception cref="JsonException">A member does not fit; its path says where.</exception>
    /// <exception cref="ArgumentException">The members do not fit together.</exception>
    public static TrainedModel Read(JsonElement description, JsonElement parameters)
    {
        if (HoldsNullInList(description))
            throw new JsonException("A list holds a null.");
        var read = description.Deserialize<ModelDescription>(s_strict) ?? throw new JsonException("Expected an object.");
        foreach (var part in read.Parts)
            if (part.Network.Problems("#/description/network") is [var problem, ..])
                throw new ArgumentException(problem.Detail);
        if (parameters.ValueKind != JsonValueKind.Object)
            throw new ArgumentException("parameters must be an object with an array for each name.");
        var model = ModelNumbers.Create(read, slice => parameters.TryGetProperty(slice.Name, out var array)
            ? Numbers(array, slice)
            : throw new ArgumentException($"parameters lacks \"{slice.Name}\"."));
        var unknown = parameters.EnumerateObject().Select(member => member.Name).Except(model.Slices.Select(slice => slice.Name)).FirstOrDefault();
        return unknown is null ? model : throw new ArgumentException($"parameters has \"{unknown}\", which the network does not know.");
    }

    private static void WriteParameters(Utf8JsonWriter json, ExportSource source)
    {
        var numbers = source.Model.ReadNumbers();
        foreach (var slice in source.Model.Slices)
        {
            json.WritePropertyName(slice.Name);
            Write(json, numbers.AsSpan(slice.Offset, slice.Count), [.. slice.Shape], source.IsSingle);
        }
    }

    // Arrays in arrays, the last dimension in one line.
    private static void Write(Utf8JsonWriter json, ReadOnlySpan<double> numbers, ReadOnlySpan<int> shape, bool isSingle)
    {
        if (shape.Length == 1)
        {
            var texts = Array.ConvertAll(numbers.ToArray(), value => isSingle ? ((float)value).ToString() : value.ToString());
            json.WriteRawValue($"[{string.Join(", ", texts)}]");
            return;
        }

        json.WriteStartArray();
        var length = numbers.Length / shape[0];
        for (var i = 0; i < shape[0]; i++)
            Write(json, numbers.Slice(i * length, length), shape[1..], isSingle);
        json.WriteEndArray();
    }

    private static double[] Numbers(JsonElement array, ParameterSlice slice)
    {
        var numbers = new List<double>();
        return Add(array, [.. slice.Shape], numbers)
            ? [.. numbers]
            : throw new ArgumentException($"\"{slice.Name}\" must hold {string.Join(" rows of ", slice.Shape)} finite numbers.");
    }

    private static bool Add(JsonElement array, ReadOnlySpan<int> shape, List<double> numbers)
    {
        if (array.ValueKind != JsonValueKind.Array || array.GetArrayLength() != shape[0])
            return false;
        foreach (var item in array.EnumerateArray())
        {
            if (shape.Length > 1)
            {
                if (!Add(item, shape[1..], numbers))
                    return false;
                continue;
            }

            if (item.ValueKind != JsonValueKind.Number || !double.IsFinite(item.GetDouble()))
                return false;
            numbers.Add(item.GetDouble());
        }

        return true;
    }

    // The serializer minds a null in a member, not in a list.
    private static bool HoldsNullInList(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Array => element.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.Null || HoldsNullInList(item)),
        JsonValueKind.Object => element.EnumerateObject().Any(member => HoldsNullInList(member.Value)),
        _ => false,
    };
}
