using System.Reflection;

namespace NnService.Api.Tests;

/// <summary>Which part may know which: an edge that the tables below do not have fails the build here.</summary>
public sealed class ArchitectureTests
{
    /// <summary>The folders of the service, from the ground up, and what each may use besides itself and the engine: only what stands above it here.</summary>
    private static readonly (string Part, string[] MayUse)[] s_service =
    [
        ("Metrics", []), // and everything else may use it: whoever has something to count
        ("Startup", []),
        ("Errors", []),
        ("Storage", ["Errors"]),
        ("Http", ["Errors"]),
        ("Limits", ["Errors", "Storage", "Http"]),
        ("Data", ["Startup", "Errors", "Metrics", "Storage", "Http"]),
        ("Access", ["Startup", "Errors", "Http", "Limits", "Data"]),
        ("Catalogue", ["Http"]),
        ("Networks", ["Errors", "Http", "Limits", "Data"]),
        ("Datasets", ["Errors", "Storage", "Http", "Limits", "Data"]),
        ("Models", ["Errors", "Http", "Limits", "Data", "Networks", "Datasets"]),
        ("Inference", ["Errors", "Http", "Limits", "Data", "Datasets", "Models"]),
        ("TrainingJobs", ["Startup", "Errors", "Storage", "Http", "Limits", "Data", "Networks", "Datasets", "Models"]),
        ("Studies", ["Startup", "Errors", "Storage", "Http", "Limits", "Data", "Networks", "Datasets", "Models", "TrainingJobs"]),
        ("Webhooks", ["Errors", "Http", "Data", "TrainingJobs"]),
        ("Keeping", ["Startup", "Errors", "Access", "Storage", "Http", "Limits", "Data", "Datasets", "Models", "TrainingJobs"]),
        ("Cluster", ["Errors", "Http", "Data", "TrainingJobs"]),
        ("Health", ["Errors", "Storage", "Http", "Data"]),
        ("Observability", ["Startup", "Errors", "Metrics", "Http"]),
        ("Swagger", ["Startup", "Errors", "Http", "Limits"]),
        ("Quickstart", ["Http"]),
        ("Page", ["Errors", "Http"]),
        (
            "Api", // what stands in no folder puts the service together
            [
                "Startup", "Errors", "Storage", "Http", "Limits", "Data",
                "Access", "Catalogue", "Networks", "Datasets", "Models", "Inference", "TrainingJobs", "Studies", "Webhooks", "Keeping", "Cluster", "Health",
                "Observability", "Swagger", "Quickstart", "Page",
            ]),
    ];

    /// <summary>Edges against that order. Each has its reason; remove the entry when the code no longer needs it.</summary>
    private static readonly Dictionary<(string From, string To), string> s_exceptions = new()
    {
        [("Errors", "Http")] = "ProblemMiddleware names the body's limit, which stands on the request",
        [("Errors", "Storage")] = "ProblemMiddleware says which folder's disk is full",
        [("Http", "Limits")] = "Body leaves a long body to a worker",
        [("Startup", "Api")] = "WarmUp starts a second service",
        [("Data", "Access")] = "AppDbContext has a set for each entity",
        [("Data", "Networks")] = "AppDbContext has a set for each entity",
        [("Data", "Datasets")] = "AppDbContext has a set for each entity",
        [("Data", "Models")] = "AppDbContext has a set for each entity",
        [("Data", "Webhooks")] = "AppDbContext has a set for each entity",
        [("Data", "Studies")] = "AppDbContext has a set for each entity",
        [("Data", "TrainingJobs")] = "AppDbContext has a set for each entity",
    };

    /// <summary>The same for the folders of the engine; Engine is what stands in none: networks, models and their descriptions.</summary>
    private static readonly (string Part, string[] MayUse)[] s_engine =
    [
        ("Kernels", []),
        ("Random", ["Kernels"]),
        ("Specs", []),
        ("Activations", ["Kernels", "Specs"]),
        ("Initializers", ["Random", "Specs"]),
        ("Losses", ["Kernels", "Specs"]),
        ("Optimizers", ["Kernels", "Specs"]),
        ("Schedules", ["Kernels", "Specs"]),
        ("Layers", ["Kernels", "Random", "Specs", "Activations", "Initializers"]),
        ("Data", ["Kernels", "Random", "Specs"]),
        ("Engine", ["Kernels", "Random", "Specs", "Activations", "Losses", "Optimizers", "Layers", "Data"]),
        ("Training", ["Kernels", "Random", "Specs", "Losses", "Optimizers", "Schedules", "Layers", "Data", "Engine"]),
        ("Explain", ["Kernels", "Specs", "Activations", "Losses", "Layers", "Data", "Engine"]),
        ("Export", ["Kernels", "Random", "Specs", "Activations", "Losses", "Layers", "Data", "Engine"]),
    ];

    private static readonly Dictionary<(string From, string To), string> s_engineExceptions = new()
    {
        [("Data", "Engine")] = "NumberFit asks what a number becomes in a Precision",
    };

    [Fact]
    public void The_service_s_folders_know_only_what_they_may() => Check(typeof(Program).Assembly, "NnService.Api", s_service, s_exceptions);

    [Fact]
    public void The_engine_s_folders_know_only_what_they_may() => Check(typeof(Engine.NetworkSpec).Assembly, "NnService.Engine", s_engine, s_engineExceptions);

    [Fact]
    public void The_engine_stands_on_the_base_class_library_alone()
    {
        var references = typeof(Engine.NetworkSpec).Assembly.GetReferencedAssemblies().Select(reference => reference.Name!);

        Assert.All(references, name => Assert.StartsWith("System", name, StringComparison.Ordinal));
    }

    [Fact]
    public void The_search_sees_declarations_and_code()
    {
        Type[] used = [.. TypesUsed.By(typeof(Sample<>))];

        Assert.Contains(typeof(IDisposable), used); // an interface
        Assert.Contains(typeof(Uri), used); // a field
        Assert.Contains(typeof(Version), used); // a parameter, in an array
        Assert.Contains(typeof(Guid), used); // the argument of a type
        Assert.Contains(typeof(Math), used); // whose static method is called
        Assert.Contains(typeof(TimeZoneInfo), used); // the argument of a method
        Assert.Contains(typeof(Random), used); // what is made
        Assert.DoesNotContain(typeof(StringComparer), used);
    }

    private static void Check(
        Assembly assembly, string root, (string Part, string[] MayUse)[] table, Dictionary<(string From, string To), string> exceptions)
    {
        var edges = assembly.GetTypes()
            .SelectMany(type => TypesUsed.By(type).Select(used => (From: PartOf(type), To: PartOf(used), Type: Outermost(type).FullName)))
            .Where(edge => edge is { From: not null, To: not null and not "Metrics" } && edge.From != edge.To)
            .ToHashSet();
        Assert.True(edges.Count > 50, "The test sees too little to mean anything.");

        var parts = table.ToDictionary(row => row.Part, row => row.MayUse);
        string[] order = [.. table.Select(row => row.Part)];
        string[] wrong =
        [
            .. from row in table
               from used in row.MayUse
               where Array.IndexOf(order, used) is var at && (at < 0 || at >= Array.IndexOf(order, row.Part))
               select $"The table lets {row.Part} use {used}, which does not stand above it.",
            .. edges.Where(edge => !parts.ContainsKey(edge.From!)).Select(edge => $"{edge.From} is not in the table.").Distinct(),
            .. from edge in edges
               where parts.TryGetValue(edge.From!, out var mayUse) && !mayUse.Contains(edge.To) && !exceptions.ContainsKey((edge.From!, edge.To!))
               orderby edge.From, edge.To
               select $"{edge.Type} uses {edge.To}.",
            .. from edge in exceptions.Keys
               where !edges.Any(found => (found.From, found.To) == edge)
               select $"{edge.From} → {edge.To} is no exception any more.",
        ];
        Assert.True(wrong.Length == 0, string.Join(Environment.NewLine, wrong));

        static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

        string? PartOf(Type type) =>
            type.Namespace == root ? root.Split('.')[^1]
            : type.Namespace?.StartsWith($"{root}.", StringComparison.Ordinal) == true ? type.Namespace[(root.Length + 1)..].Split('.')[0]
            : null;
    }

    private abstract class Sample<T>(Uri[] uris) : IDisposable
    {
        public static T[] Call(Version[][] versions, Func<Guid, T> make) =>
            versions.Length > Math.Max(1, 2) ? [make(Guid.Empty)] : [.. new Random().GetItems(Array.Empty<TimeZoneInfo>(), 1).OfType<T>()];

        public Uri[] Uris => uris;

        public void Dispose() => GC.SuppressFinalize(this);
    }
}
