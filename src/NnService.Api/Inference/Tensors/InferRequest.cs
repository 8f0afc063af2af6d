using System.Globalization;
using System.Text.Json;
using NnService.Api.Errors;
using NnService.Api.Models.Predictions;
using NnService.Engine.Specs;

namespace NnService.Api.Inference.Tensors;

/// <summary>An inference request: JSON, and behind it the bytes of the tensors that say so.</summary>
/// <remarks>
/// Members that the protocol does not name are passed over, as it asks: extensions of other servers use them. Parameters are not
/// (<see cref="InferParameters"/>).
/// </remarks>
internal sealed class InferRequest
{
    public const string LengthHeader = "Inference-Header-Content-Length";

    private readonly ReadOnlyMemory<byte> _body;
    private readonly string _header;
    private readonly ReadOnlyMemory<byte> _json;
    private ReadOnlyMemory<byte> _binary;

    private InferRequest(ReadOnlyMemory<byte> body, string header, int jsonLength) =>
        (_body, _header, _json, _binary) = (body, header, ByteOrderMark.Skip(body[..jsonLength]), body[jsonLength..]);

    /// <summary>What the answer is to carry; null: nothing.</summary>
    public string? Id { get; private set; }

    /// <summary>What the answer is to repeat; null: nothing.</summary>
    public JsonElement? Parameters { get; private set; }

    /// <summary>The level of the intervals that are asked for; null: none are.</summary>
    public double? Interval { get; private set; }

    public List<InputTensor> Inputs { get; } = [];

    /// <summary>The outputs asked for; null: all of them.</summary>
    public List<RequestedOutput>? Outputs { get; private set; }

    /// <summary>Whether outputs are to be bytes where they do not say otherwise.</summary>
    public bool IsBinary { get; private set; }

    /// <summary>Reads a body. Errors: <see cref="ProblemException"/>.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="jsonLength">What the header says of the length of the JSON; empty: the body is JSON alone.</param>
    public static InferRequest Read(ReadOnlyMemory<byte> body, string jsonLength)
    {
        var length = body.Length;
        if (jsonLength.Length > 0 && (!int.TryParse(jsonLength, NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > body.Length))
            throw Refusal.Exception(
                400, $"{LengthHeader} is \"{Echo.Cut(jsonLength)}\"; it must be the number of bytes of JSON at the start of the body, "
                + $"which has {body.Length}.");
        if (length == 0)
            throw Refusal.Exception(400, "There is no JSON in the body; send an object with inputs.");
        var request = new InferRequest(body, jsonLength, length);
        try
        {
            JsonRefusal.UnlessUnicode(request._json.Span);
            request.ReadJson();
        }
        catch (JsonException bad)
        {
            throw BinaryHeader.Refuse(body, jsonLength) ?? JsonRefusal.From(bad);
        }

        if (!request._binary.IsEmpty)
            throw Refusal.Exception(
                400, $"{request._binary.Length} bytes of binary data are left over behind the inputs; check {LengthHeader} and each binary_data_size.");
        return request;
    }

    private void ReadJson()
    {
        var reader = new Utf8JsonReader(_json.Span);
        reader.Read();
        Expect(reader.TokenType == JsonTokenType.StartObject, "The body must be a JSON object with inputs.");
        var seen = new HashSet<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = NextMember(ref reader, seen, "the request");
            switch (name)
            {
                case "id" when reader.TokenType != JsonTokenType.Null:
                    Id = JsonText.Of(ref reader, "id");
                    break;
                case "parameters" when reader.TokenType != JsonTokenType.Null:
                    Parameters = ParametersOf(ref reader, "The request's");
                    InferParameters.OfRequest(Parameters.Value);
                    IsBinary = Flag(Parameters, "binary_data_output", "The request's") ?? false;
                    Interval = LevelOf(Parameters);
                    break;
                case "inputs":
                    Each(ref reader, "inputs", ReadInput);
                    break;
                case "outputs" when reader.TokenType != JsonTokenType.Null:
                    Outputs = [];
                    Each(ref reader, "outputs", ReadOutput);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        reader.Read(); // what stands behind the object is a mistake that the reader names
        Expect(seen.Contains("inputs"), "The request has no inputs.");
    }

    private delegate void Reading(ref Utf8JsonReader reader, string where);

    private static void Each(ref Utf8JsonReader reader, string what, Reading read)
    {
        Expect(reader.TokenType == JsonTokenType.StartArray, $"{what} must be an array of objects.");
        for (var i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
        {
            Expect(reader.TokenType == JsonTokenType.StartObject, $"{what}[{i}] must be an object.");
            read(ref reader, $"{what}[{i}]");
        }
    }

    private void ReadInput(ref Utf8JsonReader reader, string where)
    {
        string? name = null, datatype = null;
        List<long>? shape = null;
        JsonElement? parameters = null;
        (int Start, int End)? data = null;
        var seen = new HashSet<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            switch (NextMember(ref reader, seen, where))
            {
                case "name":
                    name = JsonText.Of(ref reader, $"{where}.name");
                    break;
                case "datatype":
                    datatype = JsonText.Of(ref reader, $"{where}.datatype");
                    break;
                case "shape":
                    shape = ShapeOf(ref reader, where);
                    break;
                case "parameters" when reader.TokenType != JsonTokenType.Null:
                    parameters = ParametersOf(ref reader, where);
                    break;
                case "data" when reader.TokenType != JsonTokenType.Null:
                    // How to read it, the datatype says, which may stand behind it.
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    data = (start, (int)reader.BytesConsumed);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        Expect(name is not null, $"{where} has no name.");
        Expect(datatype is not null, $"Input \"{Echo.Cut(name)}\" has no datatype.");
        Expect(shape is not null, $"Input \"{Echo.Cut(name)}\" has no shape.");
        var header = new TensorHeader(name!, Datatype.Of(datatype!, name!), shape!, CountOf(shape!, name!));
        Inputs.Add(TensorOf(header, parameters, data));
    }

    private InputTensor TensorOf(TensorHeader header, JsonElement? parameters, (int Start, int End)? data)
    {
        InferParameters.OfInput(parameters, header.Name);
        if (InferParameters.Find(parameters, InferParameters.BinarySize) is not { } size)
            return data is { } json
                ? InputTensor.OfJson(header, _json.Span[json.Start..json.End])
                : throw header.Refuse("there is neither data nor binary_data_size.");
        if (data is not null)
            throw header.Refuse("there are both data and binary_data_size; leave one of them out.");
        if (!WholeNumber.TryRead(size, out int bytes) || bytes < 0)
            throw header.Refuse("binary_data_size must be a number of bytes.");
        if (bytes > _binary.Length)
            throw BinaryHeader.Refuse(_body, _header) ?? header.Refuse(
                $"binary_data_size is {bytes}, and {_binary.Length} bytes are left behind the JSON; {LengthHeader} says where they begin.");
        var own = _binary[..bytes];
        _binary = _binary[bytes..];
        return InputTensor.OfBytes(header, own);
    }

    private void ReadOutput(ref Utf8JsonReader reader, string where)
    {
        string? name = null;
        JsonElement? parameters = null;
        var seen = new HashSet<string>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            switch (NextMember(ref reader, seen, where))
            {
                case "name":
                    name = JsonText.Of(ref reader, $"{where}.name");
                    break;
                case "parameters" when reader.TokenType != JsonTokenType.Null:
                    parameters = ParametersOf(ref reader, where);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        Expect(name is not null, $"{where} has no name.");
        InferParameters.OfOutput(parameters, name!);
        Outputs!.Add(new RequestedOutput(name!, Flag(parameters, InferParameters.Binary, where)));
    }

    private static List<long> ShapeOf(ref Utf8JsonReader reader, string where)
    {
        Expect(reader.TokenType == JsonTokenType.StartArray, $"{where}.shape must be an array of whole numbers.");
        var shape = new List<long>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Expect(WholeNumber.TryRead(ref reader, out long length) && length >= 0, $"{where}.shape must be an array of whole numbers, 0 or above.");
            shape.Add(length);
        }

        return shape;
    }

    private static long CountOf(List<long> shape, string input)
    {
        Expect(shape.Count is 1 or 2, $"Input \"{Echo.Cut(input)}\": the shape {TensorHeader.TextOf(shape)} has {shape.Count} dimensions; "
            + $"tensors here have one or two, and the first counts the rows.");
        var count = shape.Aggregate(Int128.One, (product, length) => product * length);
        Expect(count <= Array.MaxLength, $"Input \"{Echo.Cut(input)}\": the shape {TensorHeader.TextOf(shape)} is too large.");
        return (long)count;
    }

    private static JsonElement ParametersOf(ref Utf8JsonReader reader, string where)
    {
        Expect(reader.TokenType == JsonTokenType.StartObject, $"{where} parameters must be an object.");
        return JsonElement.ParseValue(ref reader);
    }

    private static bool? Flag(JsonElement? parameters, string name, string where)
    {
        if (InferParameters.Find(parameters, name) is not { } value)
            return null;
        Expect(value.ValueKind is JsonValueKind.True or JsonValueKind.False, $"{where} parameter {name} must be true or false.");
        return value.GetBoolean();
    }

    private static double? LevelOf(JsonElement? parameters)
    {
        if (InferParameters.Find(parameters, IntervalLevel.Parameter) is not { } value)
            return null;
        Expect(value.ValueKind == JsonValueKind.Number, $"The request's parameter {IntervalLevel.Parameter} must be a number above 0 and below 1.");
        return value.GetDouble();
    }

    private static string NextMember(ref Utf8JsonReader reader, HashSet<string> seen, string where)
    {
        var name = JsonText.Of(ref reader, $"A member's name in {where}");
        Expect(seen.Add(name), $"\"{Echo.Cut(name)}\" stands twice in {where}; leave one of them out.");
        reader.Read();
        return name;
    }

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds)
            throw Refusal.Exception(400, otherwise);
    }
}

/// <summary>An output asked for.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsBinary">Whether as bytes; null: as the request says.</param>
internal sealed record RequestedOutput(string Name, bool? IsBinary);
