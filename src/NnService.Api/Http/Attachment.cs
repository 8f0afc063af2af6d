using Microsoft.Net.Http.Headers;

namespace NnService.Api.Http;

/// <summary>Says what an answer is called as a file.</summary>
internal static class Attachment
{
    /// <summary>The value of <c>Content-Disposition</c>: the name, and once more in UTF-8 (RFC 6266), so that any letters may be in it.</summary>
    public static string Named(string fileName)
    {
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName(fileName);
        return disposition.ToString();
    }
}
