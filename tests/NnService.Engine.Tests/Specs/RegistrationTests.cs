using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using NnService.Engine.Activations;
using NnService.Engine.Initializers;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;
using NnService.Engine.Schedules;
using NnService.Engine.Specs;

namespace NnService.Engine.Tests.Specs;

/// <summary>What must hold for each layer, activation, initializer, loss, optimizer and schedule, read off the types themselves.</summary>
/// <remarks>The gradient tests and the optimizers' figures go through the same lists, so being registered is being tested there.</remarks>
public sealed class RegistrationTests
{
    private static readonly (Type Family, IReadOnlyList<Spec> Members)[] Families =
    [
        (typeof(LayerSpec), LayerSpec.Known.Members),
        (typeof(ActivationSpec), ActivationSpec.Known.Members),
        (typeof(InitializerSpec), InitializerSpec.Known.Members),
        (typeof(LossSpec), LossSpec.Known.Members),
        (typeof(OptimizerSpec), OptimizerSpec.Known.Members),
        (typeof(ScheduleSpec), ScheduleSpec.Known.Members),
    ];

    public static IEnumerable<object[]> Members =>
        Families.SelectMany(family => family.Members.Select(member => new object[] { family.Family.Name, member.Type }));

    [Fact]
    public void Every_spec_in_the_engine_stands_in_its_family_s_list()
    {
        foreach (var (family, members) in Families)
            Assert.Equal(
                family.Assembly.GetTypes().Where(type => type.IsSubclassOf(family) && !type.IsAbstract).Select(type => type.Name).Order(),
                members.Select(member => member.GetType().Name).Order());
    }

    [Fact]
    public void The_names_on_the_wire_are_those_of_the_contract() => Assert.Equal(
        [
            "dense", "dropout", "batchNormalization", "layerNormalization", "piecewiseLinear", "periodic", "cosine", "categoryEmbedding",
            "linear", "sigmoid", "tanh", "relu", "leakyRelu", "elu", "gelu", "silu", "softplus", "softmax",
            "glorotUniform", "glorotNormal", "heUniform", "heNormal", "normal", "uniform", "zeros", "constant",
            "meanSquaredError", "halfSumSquaredError", "meanAbsoluteError", "huber", "binaryCrossEntropy", "softmaxCrossEntropy",
            "sgd", "adagrad", "rmsprop", "adadelta", "adam", "adamw", "adamax", "nadam", "lion",
            "constant", "step", "exponential", "cosine", "oneCycle", "reduceOnPlateau", "coslog4", "flatCosine",
        ],
        Families.SelectMany(family => family.Members.Select(member => member.Type)));

    [Theory]
    [MemberData(nameof(Members))]
    public void It_and_each_of_its_parameters_is_described(string family, string type)
    {
        var spec = Find(family, type);
        Assert.False(string.IsNullOrWhiteSpace(spec.GetType().GetCustomAttribute<DescriptionAttribute>()?.Description), "no description");
        Assert.All(Parameters(spec), property => Assert.False(
            string.IsNullOrWhiteSpace(property.GetCustomAttribute<DescriptionAttribute>()?.Description), property.Name));
    }

    [Theory]
    [MemberData(nameof(Members))]
    public void It_survives_being_written_and_read(string family, string type)
    {
        var spec = Find(family, type);
        foreach (var changed in (Spec[])[spec, Changed(spec)])
        {
            var familyType = Families.Single(known => known.Family.Name == family).Family;
            var json = JsonSerializer.Serialize(changed, familyType, SpecJson.Options);
            var read = (Spec)JsonSerializer.Deserialize(json, familyType, SpecJson.Options)!;
            Assert.Equal(changed, read);
            Assert.Equal(json, JsonSerializer.Serialize(read, familyType, SpecJson.Options));
            Assert.Empty(SpecCheck.Problems(read));
        }
    }

    [Theory]
    [MemberData(nameof(Members))]
    public void What_it_computes_is_neither_written_nor_taken_on_the_wire_and_read_from_what_is_stored(string family, string type)
    {
        var spec = Find(family, type);
        var familyType = Families.Single(known => known.Family.Name == family).Family;
        var parameters = Parameters(spec).Select(property => property.Name).Append(nameof(Spec.Type)).ToHashSet();
        foreach (var computed in spec.GetType().GetProperties().Select(property => property.Name).Where(name => !parameters.Contains(name)))
        {
            var member = JsonNamingPolicy.CamelCase.ConvertName(computed);
            Assert.DoesNotContain($"\"{member}\"", JsonSerializer.Serialize(spec, familyType, SpecJson.Options), StringComparison.Ordinal);

            var json = $$"""{"type":"{{type}}","{{member}}":2}""";

            Assert.Equal($"#/{member}", SpecJson.PointerOf(
                Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, familyType, WireJson.Options)), member));
            Assert.Equal(spec, JsonSerializer.Deserialize(json, familyType, SpecJson.Options));
        }
    }

    [Theory]
    [MemberData(nameof(Members))]
    public void Its_limits_are_kept(string family, string type)
    {
        var spec = Find(family, type);
        Assert.Empty(SpecCheck.Problems(spec));
        foreach (var property in Parameters(spec))
        {
            var range = property.GetCustomAttribute<RangeAttribute>();
            if (range is null)
            {
                // Any number will do for a mean or a bound; everything else has limits.
                Assert.True(!IsNumber(property) || spec is NormalSpec or UniformSpec or ConstantSpec, $"{property.Name} has no Range.");
                continue;
            }

            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            foreach (var outside in Outside(range))
            {
                var problem = Assert.Single(SpecCheck.Problems(With(spec, property, outside)), found => found.Pointer == $"#/{name}");
                Assert.StartsWith($"{name} is ", problem.Detail, StringComparison.Ordinal);
            }
        }
    }

    private static Spec Find(string family, string type) =>
        Families.Single(known => known.Family.Name == family).Members.Single(member => member.Type == type);

    private static IEnumerable<PropertyInfo> Parameters(Spec spec) => spec.GetType()
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .Where(property => property.CanWrite && property.GetCustomAttribute<JsonIgnoreAttribute>() is not { Condition: JsonIgnoreCondition.Always });

    private static bool IsNumber(PropertyInfo property) =>
        (Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType) is var type && (type == typeof(double) || type == typeof(int));

    /// <summary>The spec with every number and every flag set to another legal value.</summary>
    private static Spec Changed(Spec spec)
    {
        foreach (var property in Parameters(spec))
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (type == typeof(double))
                spec = With(spec, property, 0.1 + (((double?)property.GetValue(spec) ?? 1) / 3));
            else if (type == typeof(int))
                spec = With(spec, property, 3);
            else if (type == typeof(bool))
                spec = With(spec, property, !(bool)property.GetValue(spec)!);
        }

        return spec;
    }

    private static Spec With(Spec spec, PropertyInfo property, object value)
    {
        var copy = spec with { };
        property.SetValue(copy, value);
        return copy;
    }

    private static IEnumerable<object> Outside(RangeAttribute range)
    {
        if (range.OperandType == typeof(int))
        {
            if ((int)range.Minimum > int.MinValue)
                yield return (int)range.Minimum - 1;
            if ((int)range.Maximum < int.MaxValue)
                yield return (int)range.Maximum + 1;
            yield break;
        }

        var (low, high) = ((double)range.Minimum, (double)range.Maximum);
        yield return range.MinimumIsExclusive ? low : Math.BitDecrement(low);
        yield return range.MaximumIsExclusive ? high : Math.BitIncrement(high);
        yield return double.NaN;
    }
}
