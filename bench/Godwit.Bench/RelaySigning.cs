// What signing costs a whole relay: godwitd unsigned, with RSA-2048 and with Ed25519, in turns under one load, beside what "openssl speed" gets from the
// same cores in the same minutes.

using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Godwit.Bench;

internal static class RelaySigning
{
    private const double RsaMark = 0.8;

    private const double Ed25519Mark = 0.7;

    /// <summary>The three ways, their keys written into a directory. The load's sender is at bench.test.</summary>
    public static async Task<RelayVariant[]> VariantsAsync(string directory)
    {
        using var rsa = RSA.Create(2048);
        byte[] ed25519 = [.. Convert.FromHexString("302e020100300506032b657004220420"), .. RandomNumberGenerator.GetBytes(32)];
        string rsaFile = Path.Combine(directory, "rsa.pem");
        string ed25519File = Path.Combine(directory, "ed25519.pem");
        await File.WriteAllTextAsync(rsaFile, rsa.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(ed25519File, PemEncoding.WriteString("PRIVATE KEY", ed25519));
        return
        [
            RelayVariant.Plain,
            new RelayVariant("rsa2048", $"domain-key s1, *, {rsaFile}\n", "dkim-sign yes\n"),
            new RelayVariant("ed25519", $"domain-key s1, *, {ed25519File}\n", "dkim-sign yes\n"),
        ];
    }

    /// <summary>
    /// Says whether the marks are reached. Both cores are busy in every run, so times a message add up: the unsigned relay's, and openssl's for a signature.
    /// </summary>
    public static void Compare(RelayFigures unsigned, RelayFigures rsa, RelayFigures ed25519)
    {
        double signatures = SignaturesPerSecond();
        double allowed = 1 / ((1 / unsigned.DeliveredPerSecond) + (1 / signatures));
        double rsaShare = rsa.DeliveredPerSecond / allowed;
        double ed25519Share = ed25519.DeliveredPerSecond / unsigned.DeliveredPerSecond;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"openssl speed rsa2048 on all cores: {signatures:0}/s, so with the unsigned cost {allowed:0} messages/s are possible: {rsaShare:0%} of that (mark: {RsaMark:0%} {Verdict(rsaShare >= RsaMark)})"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"ed25519: {ed25519Share:0%} of the unsigned rate (mark: {Ed25519Mark:0%} {Verdict(ed25519Share >= Ed25519Mark)})"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"CPU a message beyond unsigned: rsa2048 {Cpu(rsa) - Cpu(unsigned):0} us, ed25519 {Cpu(ed25519) - Cpu(unsigned):0} us; openssl {Environment.ProcessorCount * 1e6 / signatures:0} us a signature"));
    }

    private static string Verdict(bool passed) => passed ? "passed" : "not passed";

    private static double Cpu(RelayFigures figures) => figures.UserMicroseconds + figures.SystemMicroseconds;

    private static double SignaturesPerSecond()
    {
        string cores = Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture);
        using Process speed = Process.Start(new ProcessStartInfo("openssl", ["speed", "-seconds", "5", "-multi", cores, "rsa2048"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        }) ?? throw new RelayFailedException("openssl did not start");
        string output = speed.StandardOutput.ReadToEnd();
        string[] words = output.Split('\n').Last(line => line.StartsWith("rsa 2048 bits", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return double.Parse(words[^2], CultureInfo.InvariantCulture);
    }
}
