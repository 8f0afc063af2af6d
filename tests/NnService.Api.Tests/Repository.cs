namespace NnService.Api.Tests;

/// <summary>The source that the tests were built from.</summary>
internal static class Repository
{
    /// <summary>The folder of the solution, above the one where the tests run.</summary>
    public static string Root { get; } = Above(new DirectoryInfo(AppContext.BaseDirectory));

    private static string Above(DirectoryInfo folder) => File.Exists(Path.Combine(folder.FullName, "NnService.sln"))
        ? folder.FullName
        : Above(folder.Parent ?? throw new InvalidOperationException("The tests do not run inside the repository."));
}
