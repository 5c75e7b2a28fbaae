// Signatures a second and CPU a message for 10 KB messages, beside what "openssl speed" gets from the same cores in the same run.

using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Godwit.Dkim;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Bench;

internal static class DkimBench
{
    private const int Octets = 10 * 1024;

    /// <summary>Orders under way at once: as many as a busy server has connections.</summary>
    private const int AtOnce = 200;

    private static readonly TimeSpan _time = TimeSpan.FromSeconds(5);

    public static async Task RunAsync()
    {
        byte[] message = Message();
        string folder = Directory.CreateTempSubdirectory("godwit-bench-dkim-").FullName;
        try
        {
            using var rsa = RSA.Create(2048);
            await File.WriteAllTextAsync(Path.Combine(folder, "rsa.pem"), rsa.ExportPkcs8PrivateKeyPem());
            byte[] ed25519 = [.. Convert.FromHexString("302e020100300506032b657004220420"), .. RandomNumberGenerator.GetBytes(32)];
            await File.WriteAllTextAsync(Path.Combine(folder, "ed.pem"), PemEncoding.WriteString("PRIVATE KEY", ed25519));
            Console.WriteLine($"{Octets / 1024} KB messages, relaxed/relaxed, {Environment.ProcessorCount} signing threads");
            Console.WriteLine($"{"",-26}{"signed/s",10}{"CPU us/msg",12}{"bytes/msg",11}");
            await RunAsync("no key (header only)", folder, [], message);
            await RunAsync("rsa-sha256, 2048 bits", folder, ["rsa"], message);
            await RunAsync("ed25519-sha256", folder, ["ed"], message);
            await RunAsync("both", folder, ["rsa", "ed"], message);
            Console.WriteLine();
            OpenSsl("rsa2048");
            OpenSsl("ed25519");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RunAsync(string name, string folder, string[] keys, byte[] message)
    {
        string lines = string.Concat(keys.Select(key => $"domain-key {key}, brand.example, {folder}/{key}.pem\n"));
        string config = Path.Combine(folder, "config");
        await File.WriteAllTextAsync(
            config, $"postmaster a@example.com\nspool {folder}\ndomain-key none, other.example, {folder}/rsa.pem\n{lines}<domain *>\ndkim-sign yes\n</domain>\n");
        ServerSettings settings = ConfigFile.Load(config, ConfigSurroundings.Machine).Settings
            ?? throw new InvalidOperationException("the configuration of this benchmark is wrong");
        KeyRings rings = KeyRings.Read(settings, ConfigSurroundings.Machine.Read, new ServerClock(TimeProvider.System), NullLogger.Instance);
        using var signing = new MessageSigning(rings, new ServerClock(TimeProvider.System));
        DkimSettings? first = DkimSettings.First(settings.DeliveryFor(DomainName.Parse("there.test"), EnvelopeRecipient.DefaultVirtualMta));
        KeyRing ring = signing.KeysOf(EnvelopeRecipient.DefaultVirtualMta);
        await SignAsync(signing, first, ring, message, TimeSpan.FromSeconds(1));

        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        long start = Stopwatch.GetTimestamp();
        long signed = await SignAsync(signing, first, ring, message, _time);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{name,-26}{signed / seconds,10:N0}{cpu.TotalMicroseconds / signed,12:N1}{allocated / signed,11:N0}"));
    }

    private static async Task<long> SignAsync(MessageSigning signing, DkimSettings? first, KeyRing ring, byte[] message, TimeSpan time)
    {
        long start = Stopwatch.GetTimestamp();
        long[] counts = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            long count = 0;
            while (Stopwatch.GetElapsedTime(start) < time)
            {
                bool read = false;
                await signing.SignAsync(new SigningOrder(new MessageId(1), ring, first, null, Once));
                count++;

                bool Once(out ReadOnlyMemory<byte> piece)
                {
                    piece = read ? default : message;
                    bool more = !read;
                    read = true;
                    return more;
                }
            }

            return count;
        }));
        return counts.Sum();
    }

    /// <summary>One process for each core, as signing has one thread for each.</summary>
    private static void OpenSsl(string algorithm)
    {
        using Process? speed = Process.Start(new ProcessStartInfo(
            "openssl", ["speed", "-seconds", "3", "-multi", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture), algorithm])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        });
        string output = speed?.StandardOutput.ReadToEnd() ?? "";
        string? line = output.Split('\n').LastOrDefault(each => each.Contains("bits", StringComparison.Ordinal) && each.Contains('.', StringComparison.Ordinal));
        Console.WriteLine($"openssl speed {algorithm}: {line?.Trim() ?? "not installed"}   (seconds a signature, seconds a verification, signatures/s, verifications/s)");
    }

    private static byte[] Message()
    {
        var text = new StringBuilder("From: Ann <ann@brand.example>\r\nTo: b@there.test\r\nSubject: a letter\r\nDate: Mon, 02 Nov 2026 10:00:00 +0000\r\n");
        text.Append("Message-ID: <1@brand.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\nList-Unsubscribe: <https://brand.example/u>\r\n\r\n");
        while (text.Length < Octets)
        {
            text.Append("All sorts of words that stand in a letter, with blanks between them, line after line.\r\n");
        }

        return Encoding.ASCII.GetBytes(text.ToString());
    }
}
