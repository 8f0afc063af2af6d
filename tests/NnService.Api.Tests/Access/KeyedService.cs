using System.Net.Http.Headers;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using NnService.Api.Access.Keys;
using NnService.Api.Http;
using NnService.Api.Storage;

namespace NnService.Api.Tests;

/// <summary>The service in this process, asking for keys, with a clock that a test moves.</summary>
public sealed class KeyedService : IDisposable
{
    /// <summary>Of the setting <c>Access:AdminKey</c>.</summary>
    public const string AdminKey = "t0lTBx9GvWq3rZ5nYkD2mUeJ7sHcA8pXfLbO1iKdQwE=";

    private readonly TestService _service = new();
    private readonly WebApplicationFactory<Program> _keyed;

    /// <param name="change">What else a test changes; null: nothing.</param>
    /// <param name="settings">Further settings, as <c>Access:FailuresPerMinute=5</c>.</param>
    internal KeyedService(Action<IServiceCollection>? change, params string[] settings) => _keyed = _service.WithWebHostBuilder(host =>
    {
        host.UseSetting("Access:RequireKey", "true").UseSetting("Access:AdminKey", AdminKey).UseSetting("Access:FailuresPerMinute", "1000000");
        foreach (var setting in settings)
            host.UseSetting(setting.Split('=')[0], setting.Split('=', 2)[1]);
        host.ConfigureTestServices(services =>
        {
            services.AddSingleton<TimeProvider>(Clock);
            change?.Invoke(services);
        });
    });

    public KeyedService()
        : this(null)
    {
    }

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));

    public IServiceProvider Services => _keyed.Services;

    public Wire Admin => With(AdminKey);

    /// <summary>A caller with a key; null: without one.</summary>
    public Wire With(string? key)
    {
        var http = _keyed.CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false });
        if (key is not null)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return new Wire(http);
    }

    /// <summary>A new key, made without a request.</summary>
    public async Task<(string Id, string Key)> MakeKey(Scope scope, DateTimeOffset? expiresAt = null)
    {
        var (row, text) = await Store.CreateAsync($"for {scope}", ScopeSet.Of(scope), expiresAt?.UtcDateTime, CancellationToken.None);
        return (row.Id.ToString(), text);
    }

    /// <summary>Revokes a key, without a request.</summary>
    public Task Revoke(string id) => Store.RevokeAsync(Guid.Parse(id), CancellationToken.None);

    /// <summary>What is in the database and its log.</summary>
    public IReadOnlyList<byte[]> DatabaseFiles()
    {
        var database = Services.GetRequiredService<DataFolder>().DatabaseFile;
        return [.. new[] { database, database + "-wal" }.Where(File.Exists).Select(Shared)];
    }

    // The service has them open.
    private static byte[] Shared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return bytes.ToArray();
    }

    private KeyStore Store => Services.GetRequiredService<KeyStore>();

    public void Dispose()
    {
        _keyed.Dispose();
        _service.Dispose();
    }
}
