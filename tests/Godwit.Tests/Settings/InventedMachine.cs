// The files of this checkout on a machine that exists nowhere: its addresses, file modes and directories are told by names.

using Godwit.Accounting;
using Godwit.Foundation;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Settings;

internal static class InventedMachine
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static readonly Lazy<string> _certificate = new(() =>
    {
        using var key = System.Security.Cryptography.RSA.Create();
        key.ImportFromPem(DkimKeys.Rsa);
        var request = new System.Security.Cryptography.X509Certificates.CertificateRequest(
            "CN=mx.test", key, System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.RSASignaturePadding.Pkcs1);
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(90)).ExportCertificatePem();
    });

    /// <summary>
    /// A file below /etc that ends in .pem holds a certificate and its private key.
    /// Addresses 192.0.2.1 to 192.0.2.127 are here. A file with "world-readable" in its name is, others are not. Directories below /missing, /sealed,
    /// /forbidden and /occupied are as the name says, programs below /missing and /not-executable; all others can be used.
    /// </summary>
    public static ConfigSurroundings WithRealFiles()
    {
        ConfigSurroundings invented = ConfigSurroundings.InMemory(new Dictionary<string, string>());
        return invented with
        {
            Read = path => path.StartsWith("/etc/", StringComparison.Ordinal) && path.EndsWith(".pem", StringComparison.Ordinal)
                ? DkimKeys.Rsa + "\n" + _certificate.Value
                : ConfigSurroundings.Machine.Read(path),
            Match = ConfigSurroundings.Machine.Match,
            AccountingFields = AccountingColumns.NamesOf,
            Mode = path => path.Contains("world-readable", StringComparison.Ordinal) ? OwnerOnly | UnixFileMode.OtherRead : OwnerOnly,
            Look = path => path.Split('/')[1] switch
            {
                "missing" => DirectoryState.Missing,
                "sealed" => DirectoryState.CannotBeCreated,
                "forbidden" => DirectoryState.NotWritable,
                "occupied" => DirectoryState.NotADirectory,
                _ => DirectoryState.Usable,
            },
            LookAtProgram = path => path.Split('/')[1] switch
            {
                "missing" => ProgramState.Missing,
                "not-executable" => ProgramState.NotExecutable,
                _ => ProgramState.Usable,
            },
        };
    }
}
