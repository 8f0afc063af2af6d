using System.Collections.Frozen;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;

namespace NnService.Api.Page;

/// <summary>The files of the web page, in memory.</summary>
internal sealed partial class PageFiles
{
    private const string Prefix = "page/", StartFile = "index.html";

    private readonly FrozenDictionary<string, PageFile> _files;
    private readonly string _start;

    private PageFiles(Dictionary<string, PageFile> files)
    {
        var start = Encoding.UTF8.GetString(files[StartFile].Content);
        // All modules are fetched at once, instead of each when the one that imports it has come.
        var modules = files.Keys.Where(name => name.EndsWith(".js", StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(name => $"<link rel=\"modulepreload\" href=\"{{base}}/page/{name}\">\n");
        _start = start.Replace("<!-- modules -->\n", string.Concat(modules), StringComparison.Ordinal);
        files.Remove(StartFile);
        _files = files.ToFrozenDictionary(StringComparer.Ordinal);
    }

    public static PageFiles Load()
    {
        var assembly = typeof(PageFiles).Assembly;
        var files = new Dictionary<string, PageFile>(StringComparer.Ordinal);
        foreach (var resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var source = assembly.GetManifestResourceStream(resource)!;
            var content = new byte[source.Length];
            source.ReadExactly(content);
            var name = resource[Prefix.Length..].Replace('\\', '/'); // as the build's platform writes folders
            files[name] = new PageFile(Shortened(name, content), TypeOf(name));
        }

        return new PageFiles(files);
    }

    /// <summary>The document at <c>/</c>.</summary>
    /// <param name="pathBase">The prefix of a proxy, which stands in front of the addresses in it: they hold with and without a slash behind the prefix.</param>
    public PageFile Start(PathString pathBase)
    {
        var prefix = HtmlEncoder.Default.Encode(pathBase.ToUriComponent());
        return new PageFile(Encoding.UTF8.GetBytes(_start.Replace("{base}", prefix, StringComparison.Ordinal)), TypeOf(StartFile));
    }

    /// <summary>A file by its name; null: there is none.</summary>
    public PageFile? Find(string? name) => name is null ? null : _files.GetValueOrDefault(name);

    // Comments, in which types stand, and blanks are a quarter of the files.
    private static byte[] Shortened(string name, byte[] content) => Path.GetExtension(name) switch
    {
        ".js" => Encoding.UTF8.GetBytes(PageScript.Shortened(Encoding.UTF8.GetString(content))),
        ".css" => Encoding.UTF8.GetBytes(StyleBlanks().Replace(Encoding.UTF8.GetString(content), "$1$2")),
        ".html" => Encoding.UTF8.GetBytes(Indents().Replace(Encoding.UTF8.GetString(content), "")),
        _ => content,
    };

    [GeneratedRegex(@"/\*.*?\*/\s*|;?\s*(})\s*|\s*([{;,>])\s*|(?<=:)\s+")]
    private static partial Regex StyleBlanks();

    [GeneratedRegex("(?m)^ +")]
    private static partial Regex Indents();

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => throw new InvalidOperationException($"The page has a file of a kind that is not known: {name}"),
    };
}
