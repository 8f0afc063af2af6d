using System.Globalization;
using NnService.Api.Errors;

namespace NnService.Api.Http;

/// <summary>Reads numbers and switches from the settings.</summary>
internal static class Setting
{
    /// <summary>The number; the default where it is left out. Errors: <see cref="StartException"/> where it is no whole number from <paramref name="low"/>
    /// up.</summary>
    public static long Number(IConfiguration settings, string key, long missing, long low)
    {
        if (settings[key] is not { Length: > 0 } text)
            return missing;
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= low
            ? value
            : throw new StartException($"The setting {key} is \"{text}\"; it must be a whole number, at least {low}.");
    }

    /// <summary>The seconds; the default where they are left out. Errors: <see cref="StartException"/> where they are no number from 0 up.</summary>
    public static double Seconds(IConfiguration settings, string key, double missing)
    {
        if (settings[key] is not { Length: > 0 } text)
            return missing;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value >= 0 && double.IsFinite(value)
            ? value
            : throw new StartException($"The setting {key} is \"{text}\"; it must be a number of seconds, at least 0.");
    }

    /// <summary>The switch; the default where it is left out. Errors: <see cref="StartException"/> where it is neither true nor false.</summary>
    public static bool Flag(IConfiguration settings, string key, bool missing)
    {
        if (settings[key] is not { Length: > 0 } text)
            return missing;
        return bool.TryParse(text, out var value) ? value : throw new StartException($"The setting {key} is \"{text}\"; it must be true or false.");
    }
}
