namespace NnService.Api.Http;

/// <summary>Reads settings that name several things.</summary>
internal static class SettingList
{
    /// <summary>The things, given as a list or as one text with semicolons or commas.</summary>
    public static string[] Of(IConfiguration settings, string key) =>
    [
        .. settings.GetSection(key).GetChildren().Select(child => child.Value).Prepend(settings[key])
            .SelectMany(text => (text ?? "").Split([';', ','], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
    ];
}
