using System.Net;
using System.Security.Cryptography;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Settings;

/// <summary>Every file in examples/ loads, and on a machine that has what it names the check has nothing to say but what waits for a later version.</summary>
public sealed class ExampleTests : IDisposable
{
    private readonly RSA _key = RSA.Create(2048);
    private readonly Lazy<string> _certificate = new(static () => new TestAuthority().Issue("smtp.app.example").Pem);

    public static TheoryData<string> Examples =>
        [.. Directory.GetFiles(Path.Combine(DirectiveReferenceTests.Root(), "examples"), "*.conf").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    public void Dispose() => _key.Dispose();

    [Theory]
    [MemberData(nameof(Examples))]
    public void An_example_loads_and_no_check_finds_fault(string name)
    {
        ConfigLoad load = ConfigFile.Load(Path.Combine(DirectiveReferenceTests.Root(), "examples", name), Machine());

        Assert.NotNull(load.Settings);
        Assert.Empty(load.Problems.Where(p => p.Severity == ConfigSeverity.Warning && !p.Message.Contains("not supported yet", StringComparison.Ordinal)));
        Assert.Equal(0, load.Tally.Unknown);
    }

    /// <summary>It has every address of the blocks kept for examples (RFC 5737), and a good key or certificate wherever one is looked for.</summary>
    private ConfigSurroundings Machine()
    {
        ConfigSurroundings invented = InventedMachine.WithRealFiles();
        return invented with
        {
            Read = path => path.StartsWith("/etc/godwit/tls/", StringComparison.Ordinal) ? _certificate.Value
                : path.EndsWith(".pem", StringComparison.Ordinal) ? _key.ExportPkcs8PrivateKeyPem()
                : invented.Read(path),
            LocalAddresses = () =>
            [
                .. new[] { "192.0.2.", "198.51.100.", "203.0.113." }.SelectMany(block => Enumerable.Range(0, 256).Select(i => IPAddress.Parse(block + i))),
            ],
        };
    }
}
