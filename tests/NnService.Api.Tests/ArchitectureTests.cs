using System.Reflection;

namespace NnService.Api.Tests;

/// <summary>Which part of the service may know which: a forbidden edge fails the build here.</summary>
public sealed class ArchitectureTests
{
    private const string Root = "NnService.Api.";

    // A slice may use these besides itself, Data, Storage, Errors, Http, Limits and the engine.
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Access"] = [],
        ["Networks"] = [],
        ["Datasets"] = [],
        ["Models"] = ["Networks", "Datasets"],
        ["Inference"] = ["Models"],
        ["TrainingJobs"] = ["Networks", "Datasets", "Models"],
        ["Quickstart"] = [],
        ["Catalogue"] = [],
        ["Health"] = [],
        ["Observability"] = [],
        ["Swagger"] = ["Networks", "TrainingJobs"], // it shows how their types look on the wire
        ["Storage"] = [],
        ["Errors"] = [],
        ["Startup"] = [],
        ["Http"] = [],
        ["Limits"] = [],
        ["Data"] = ["Networks", "Datasets", "Models", "TrainingJobs"], // the hub
    };

    private static readonly string[] Everyones = ["Startup", "Data", "Storage", "Errors", "Http", "Limits"];

    [Fact]
    public void Slices_know_only_what_they_may()
    {
        var edges = typeof(Program).Assembly.GetTypes()
            .Where(type => PartOf(type) is not null)
            .SelectMany(type => UsedBy(type).Select(used => (From: PartOf(type)!, To: PartOf(used), Type: type.FullName)))
            .Where(edge => edge.To is not null && edge.To != edge.From)
            .ToList();
        Assert.True(edges.Count > 50, "The test sees too little to mean anything.");

        var forbidden = edges.Where(edge => !Everyones.Contains(edge.To) && !Allowed[edge.From].Contains(edge.To)).Select(edge => $"{edge.Type} → {edge.To}").Distinct();

        Assert.Empty(forbidden);
    }

    [Fact]
    public void The_engine_stands_on_the_base_class_library_alone()
    {
        var references = typeof(Engine.NetworkSpec).Assembly.GetReferencedAssemblies().Select(reference => reference.Name!);

        Assert.All(references, name => Assert.StartsWith("System", name, StringComparison.Ordinal));
    }

    private static string? PartOf(Type type) =>
        type.Namespace?.StartsWith(Root, StringComparison.Ordinal) == true ? type.Namespace[Root.Length..].Split('.')[0] : null;

    private static IEnumerable<Type> UsedBy(Type type)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var used = new List<Type?> { type.BaseType };
        used.AddRange(type.GetInterfaces());
        used.AddRange(type.GetFields(All).Select(field => field.FieldType));
        foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
        {
            used.AddRange(method.GetParameters().Select(parameter => parameter.ParameterType));
            used.Add((method as MethodInfo)?.ReturnType);
            used.AddRange(method.GetMethodBody()?.LocalVariables.Select(local => local.LocalType) ?? []);
        }

        return used.OfType<Type>().SelectMany(Parts);
    }

    private static IEnumerable<Type> Parts(Type type) =>
        type.HasElementType ? Parts(type.GetElementType()!) : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type) : [type];
}
