using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace NnService.Benchmarks.Scale;

/// <summary>A certificate for this machine, in files that go with it.</summary>
internal sealed class OwnCertificate : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("nnservice-certificate-").FullName;

    public OwnCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Combine(_folder, "certificate"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "key"), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The certificate's file and that of its key.</summary>
    public string[] Files => [Path.Combine(_folder, "certificate"), Path.Combine(_folder, "key")];

    /// <summary>The settings of a service that listens with it.</summary>
    public string[] Settings => ["--urls=https://127.0.0.1:0", $"--Kestrel:Certificates:Default:Path={Files[0]}", $"--Kestrel:Certificates:Default:KeyPath={Files[1]}"];

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
