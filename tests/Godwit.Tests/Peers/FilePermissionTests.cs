// Who may read what the server writes, on real files of a real process, whatever the umask it was started with.

using System.Runtime.Versioning;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

[Collection("peers")]
[Trait("Category", "slow")]
[SupportedOSPlatform("linux")]
public sealed class FilePermissionTests
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Group = Owner | UnixFileMode.GroupRead;

    [Fact(Timeout = 180_000)]
    public async Task Only_the_owner_reads_the_spool_and_the_token()
    {
        using var site = new PeerSite();
        site.Configure($"smtp-hosts [127.0.0.1]:{Tool.FreePort()}", global: $"http-mgmt-port {Tool.FreePort()}");
        await using (GodwitProcess first = await site.StartAsync(WithUmask("000")))
        {
            var loader = new MailLoader(site.SmtpPort, 1);
            await loader.SendAsync([new LoadedMail("a", "a@there.test", Letter.Write("a", 3000))]);
            Assert.Equal(1, loader.AcknowledgedCount);
            AssertOnlyTheOwnerReads(site, ".segment", ".free", "lock", "control-token");
            Assert.Equal(0, await first.TerminateAsync());
        }

        // Files from before, or copied by an operator: what the server uses again is closed again.
        foreach (string file in Directory.EnumerateFiles(site.Spool))
        {
            File.SetUnixFileMode(file, Owner | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }

        await using GodwitProcess second = await site.StartAsync(WithUmask("000"));
        AssertOnlyTheOwnerReads(site, ".segment", ".index", ".free", "lock", "control-token");
    }

    [Theory(Timeout = 180_000)]
    [InlineData("000", "no", Group)]
    [InlineData("077", "no", Group)]
    [InlineData("077", "yes", Group | UnixFileMode.OtherRead)]
    public async Task Accounting_and_log_are_readable_to_whom_the_configuration_says(string umask, string worldReadable, UnixFileMode mode)
    {
        using var site = new PeerSite();
        site.Configure("max-smtp-out 1", global: $"log-file-world-readable {worldReadable}", accounting: $"world-readable {worldReadable}");

        await using GodwitProcess server = await site.StartAsync(WithUmask(umask));

        Assert.Equal(mode, File.GetUnixFileMode(site.File("godwit.log")));
        Assert.Equal(mode, File.GetUnixFileMode(Assert.Single(Directory.EnumerateFiles(Path.GetDirectoryName(site.Accounting)!, "acct-*.csv"))));
    }

    private static string[] WithUmask(string umask) => ["/bin/sh", "-c", $"umask {umask}; exec \"$@\"", "sh"];

    private static void AssertOnlyTheOwnerReads(PeerSite site, params string[] kinds)
    {
        string[] files = [.. Directory.EnumerateFiles(site.Spool)];
        Assert.All(kinds, kind => Assert.Contains(files, file => file.EndsWith(kind, StringComparison.Ordinal)));
        Assert.All(files, file => Assert.Equal((file, Owner), (file, File.GetUnixFileMode(file))));
    }
}
