namespace NnService.Api.Access.Keys;

internal static class KeySetup
{
    public static void AddKeys(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(KeySettings.Of(builder.Configuration));
        services.AddSingleton<KeyRing>();
        services.AddSingleton<KeyStore>();
        services.AddSingleton<LastUses>();
        services.AddSingleton<FailedKeys>();
        services.AddSingleton<FirstKey>();
    }

    /// <summary>Stands in front of every endpoint.</summary>
    public static void UseKeys(this WebApplication app)
    {
        app.UseMiddleware<Gate>();
        app.Lifetime.ApplicationStopping.Register(app.Services.GetRequiredService<LastUses>().Save);
    }
}
