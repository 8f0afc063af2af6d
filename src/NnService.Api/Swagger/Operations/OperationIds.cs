using System.Globalization;
using System.Text;

namespace NnService.Api.Swagger.Operations;

/// <summary>Names for operations whose endpoints have none: <c>GET /v2/models/{name}/ready</c> is <c>getV2ModelsByNameReady</c>.</summary>
internal static class OperationIds
{
    private static readonly char[] s_ends = ['/', ':', '.', '-', '_'];

    public static string Of(string verb, string path)
    {
        var id = new StringBuilder(verb.ToLower(CultureInfo.InvariantCulture));
        foreach (var word in path.Split(s_ends, StringSplitOptions.RemoveEmptyEntries))
            id.Append(word.StartsWith('{') ? $"By{Capital(word.Trim('{', '}', '*'))}" : Capital(word));
        return id.ToString();
    }

    private static string Capital(string word) => word.Length == 0 ? "" : char.ToUpperInvariant(word[0]) + word[1..];
}
