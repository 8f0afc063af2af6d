using NnService.Engine.Specs;

namespace NnService.Api.TrainingJobs.Planning;

/// <summary>Names in a message: the first twelve of them.</summary>
internal static class NameList
{
    public static string Of(IEnumerable<string> names)
    {
        var list = names.ToList();
        return string.Join(", ", list.Take(12).Select(name => Echo.Cut(name))) + (list.Count > 12 ? $" and {list.Count - 12} more" : "");
    }
}
