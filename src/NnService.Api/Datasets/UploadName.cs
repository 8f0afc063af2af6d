using System.Text;
using Microsoft.Net.Http.Headers;
using NnService.Api.Http;

namespace NnService.Api.Datasets;

/// <summary>The name of the file in a form: what kind of table it tells of, and what the dataset is called where the caller does not say.</summary>
/// <param name="file">The name, without folders.</param>
internal sealed class UploadName(string file)
{
    // What browsers and client libraries write where there is no file.
    private static readonly string[] s_placeholders = ["blob", "file", "-"];

    private readonly string _unpacked = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? file[..^3] : file;

    /// <summary>The name in a part of a form; empty where there is none.</summary>
    public static UploadName Of(ContentDispositionHeaderValue disposition)
    {
        var name = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).ToString();
        return new UploadName(name[(name.LastIndexOfAny(['/', '\\']) + 1)..]);
    }

    /// <summary>The extension in lower case, without that of gzip.</summary>
    public string Extension => Path.GetExtension(_unpacked).ToLowerInvariant();

    /// <summary>
    /// A dataset's name made of it: lower case, without the extension, and with a hyphen for whatever a name cannot have; null where nothing of it is left.
    /// </summary>
    public string? ForDataset()
    {
        if (s_placeholders.Contains(file))
            return null;
        var name = new StringBuilder();
        foreach (var character in Path.GetFileNameWithoutExtension(_unpacked).ToLowerInvariant())
            if (char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character is '.' or '_')
                name.Append(character);
            else if (name.Length > 0 && name[^1] != '-')
                name.Append('-');
        var cut = name.ToString().TrimStart('.', '_', '-');
        cut = cut[..Math.Min(cut.Length, ResourceName.MostCharacters)].TrimEnd('.', '_', '-');
        return ResourceName.IsValid(cut) ? cut : null;
    }
}
