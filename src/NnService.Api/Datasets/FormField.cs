using System.Text;
using NnService.Api.Errors;
using NnService.Engine.Specs;

namespace NnService.Api.Datasets;

/// <summary>Reads the short parts of a form, each up to a limit: they are held in memory, unlike its file.</summary>
internal static class FormField
{
    private const int MostBytes = 256 << 10; // types of ten thousand columns
    private const int MostBoundary = 70; // RFC 2046, section 5.1.1

    /// <summary>The text of a part as it stands, for a blank or a tab may be what it says. Errors: <see cref="ProblemException"/>, 413 where it is too
    /// long.</summary>
    public static async Task<string> ReadAsync(Stream part, string name, CancellationToken cancellation)
    {
        using var text = new MemoryStream();
        var buffer = new byte[4096];
        for (int read; (read = await part.ReadAsync(buffer, cancellation)) > 0;)
        {
            if (text.Length + read > MostBytes)
                throw Refusal.Exception(
                    413,
                    $"The part \"{Echo.Cut(name)}\" of the form has more than {MostBytes:N0} bytes; only the part \"file\" may.",
                    $"#/{SpecJson.Escape(name)}");
            text.Write(buffer, 0, read);
        }

        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length).TrimStart('\uFEFF');
    }

    /// <summary>Refuses what cannot separate the parts of a form. Errors: <see cref="ProblemException"/>.</summary>
    public static void RefuseBadBoundary(string boundary)
    {
        if (boundary.Length == 0)
            throw Refusal.Exception(400, "The multipart content type names no boundary.");
        if (boundary.Length > MostBoundary)
            throw Refusal.Exception(
                400, $"The multipart content type names a boundary of {boundary.Length:N0} characters; at most {MostBoundary} are allowed.");
    }
}
