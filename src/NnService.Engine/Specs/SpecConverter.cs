using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace NnService.Engine.Specs;

/// <summary>
/// Reads a spec from its name (<c>"relu"</c>) or from an object with a <c>type</c> anywhere in it; writes a spec without parameters as its name,
/// unless its family is written in full.
/// </summary>
/// <remarks>
/// The serializer's own polymorphism knows no short form and answers an unknown or missing <c>type</c> with CLR names.
/// A nested call of the serializer forgets the path outside it, so the inner path travels in <see cref="Exception.Data"/>
/// and <see cref="SpecJson.PointerOf(JsonException)"/> puts the two together again.
/// </remarks>
public sealed class SpecConverter<TSpec> : JsonConverter<TSpec>
    where TSpec : Spec, ISpecFamily<TSpec>
{
    /// <inheritdoc />
    public override TSpec Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var known = TSpec.Known;
        if (reader.TokenType == JsonTokenType.String)
        {
            var name = reader.GetString()!;
            return known.Find(name) ?? throw new JsonException(known.Unknown(name));
        }

        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException($"Expected the name of {known.ANoun} or an object with \"type\".");

        var type = TypeOf(reader, known);
        try
        {
            return (TSpec)JsonSerializer.Deserialize(ref reader, type, options)!;
        }
        catch (JsonException inner)
        {
            throw SpecJson.Nested(inner);
        }
    }

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, TSpec value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        if (TSpec.Known.IsWrittenInFull || HasParameters(value.GetType()))
            JsonSerializer.Serialize(writer, value, value.GetType(), options);
        else
            writer.WriteStringValue(value.Type);
    }

    // Looks ahead on a copy of the reader: `type` may stand behind other members.
    private static Type TypeOf(Utf8JsonReader ahead, SpecList<TSpec> known)
    {
        while (ahead.Read() && ahead.TokenType == JsonTokenType.PropertyName)
        {
            var isType = ahead.ValueTextEquals("type"u8);
            ahead.Read();
            if (isType)
            {
                if (ahead.TokenType != JsonTokenType.String)
                    throw SpecJson.At("$.type", $"\"type\" must be the name of {known.ANoun}.");
                var name = ahead.GetString()!;
                return known.Find(name)?.GetType() ?? throw SpecJson.At("$.type", known.Unknown(name));
            }

            ahead.Skip();
        }

        throw SpecJson.At(
            "$.type",
            $"A{known.ANoun[1..]} needs a \"type\". Known: {string.Join(", ", known.Members.Select(member => member.Type))}.");
    }

    private static bool HasParameters(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Any(property => property.CanWrite);
}
