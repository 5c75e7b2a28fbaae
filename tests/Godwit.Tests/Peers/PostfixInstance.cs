// A private Postfix: own configuration, queue and log in a temporary directory, one listener on loopback. Owned by one test, which stops it.
// Mail for box.test goes into a maildir; everything else goes to the relay host. It needs root, because Postfix's master does.

using System.Diagnostics;
using System.Net;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

/// <summary>One running Postfix.</summary>
internal sealed class PostfixInstance : IAsyncDisposable
{
    private const string Postfix = "/usr/sbin/postfix";

    /// <summary>Starting and stopping touch the disk in many places; a busy machine takes its time.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly string _root = Directory.CreateTempSubdirectory("godwit-postfix-").FullName;

    private PostfixInstance()
    {
    }

    public IPEndPoint EndPoint { get; } = new(IPAddress.Loopback, ScriptedSmtpServer.UnusedPort());

    private string Etc => Path.Combine(_root, "etc");

    /// <summary>Why it cannot run here; empty when it can.</summary>
    public static string Missing() =>
        !File.Exists(Postfix) || !File.Exists("/etc/postfix/master.cf") ? "Postfix is not installed"
        : !Environment.IsPrivilegedProcess ? "Postfix needs root"
        : "";

    /// <param name="relay">Where mail goes that is not for box.test.</param>
    /// <param name="main">Further lines of main.cf: <c>smtp_tls_security_level</c> and the like.</param>
    /// <param name="files">Written beside the configuration, where <c>$FILES</c> in the lines points to.</param>
    public static async Task<PostfixInstance> StartAsync(IPEndPoint relay, string main = "", IReadOnlyDictionary<string, string>? files = null)
    {
        var postfix = new PostfixInstance();
        try
        {
            postfix.Configure(relay);
            postfix.Add(main, files ?? new Dictionary<string, string>());
            await postfix.RunAsync("check");
            await postfix.RunAsync("start");
            await postfix.AnswersAsync();
            return postfix;
        }
        catch (Exception)
        {
            await postfix.DisposeAsync();
            throw;
        }
    }

    /// <summary>The messages in the maildir once there are so many, as they came by SMTP: with CRLF, and Postfix's own fields above.</summary>
    public async Task<IReadOnlyList<byte[]>> MailAsync(int count)
    {
        string box = Path.Combine(_root, "mail", "box", "new");
        await Eventually.TrueAsync(() => Directory.Exists(box) && Directory.GetFiles(box).Length >= count, _patience, () => $"{count} messages in the maildir; log:\n{Log()}");
        return [.. Directory.GetFiles(box).Select(file => WithCrLf(File.ReadAllBytes(file)))];
    }

    public string Log()
    {
        string log = Path.Combine(_root, "log");
        return File.Exists(log) ? File.ReadAllText(log) : "";
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(Path.Combine(_root, "spool", "pid", "master.pid")))
        {
            await RunAsync("stop");
        }

        Directory.Delete(_root, recursive: true);
    }

    private void Configure(IPEndPoint relay)
    {
        // Postfix's daemons run as another user, and pass through here.
        File.SetUnixFileMode(_root, (UnixFileMode)0b111_101_101);
        foreach (string folder in (string[])["etc", "spool", "data", "mail"])
        {
            Directory.CreateDirectory(Path.Combine(_root, folder));
        }

        File.SetUnixFileMode(Path.Combine(_root, "mail"), (UnixFileMode)0b111_111_111);
        using (Process chown = Process.Start("chown", ["postfix", Path.Combine(_root, "data")]))
        {
            chown.WaitForExit();
        }

        File.WriteAllText(Path.Combine(Etc, "main.cf"), $"""
            compatibility_level = 3.6
            queue_directory = {_root}/spool
            data_directory = {_root}/data
            command_directory = /usr/sbin
            daemon_directory = /usr/lib/postfix/sbin
            mail_owner = postfix
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            myhostname = pf.test
            mydestination =
            alias_maps =
            alias_database =
            local_recipient_maps =
            mynetworks = 127.0.0.0/8
            relayhost = [{relay.Address}]:{relay.Port}
            virtual_mailbox_domains = box.test
            virtual_mailbox_base = {_root}/mail
            virtual_mailbox_maps = static:box/
            virtual_uid_maps = static:65534
            virtual_gid_maps = static:65534
            virtual_mailbox_limit = 0
            message_size_limit = 60000000
            smtputf8_enable = yes
            smtputf8_autodetect_classes = all
            in_flow_delay = 0
            maillog_file = {_root}/log
            maillog_file_prefixes = {_root}

            """);
        File.WriteAllLines(Path.Combine(Etc, "master.cf"), Services());
    }

    private void Add(string main, IReadOnlyDictionary<string, string> files)
    {
        string folder = Path.Combine(_root, "files");
        Directory.CreateDirectory(folder);
        foreach ((string name, string text) in files)
        {
            File.WriteAllText(Path.Combine(folder, name), text);
        }

        File.AppendAllText(Path.Combine(Etc, "main.cf"), main.Replace("$FILES", folder, StringComparison.Ordinal) + "\n");
    }

    /// <summary>The system's table of services: our listener instead of its own, nothing in a chroot, and a log of its own.</summary>
    private IEnumerable<string> Services()
    {
        foreach (string line in File.ReadLines("/etc/postfix/master.cf"))
        {
            string[] fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            bool isService = fields.Length >= 8 && !char.IsWhiteSpace(line[0]) && line[0] != '#';
            if (isService && fields is not (["smtp", "inet", ..] or ["postlog", ..]))
            {
                fields[4] = "n";
                yield return string.Join(' ', fields);
            }
            else if (!isService)
            {
                yield return line;
            }
        }

        yield return $"{EndPoint.Address}:{EndPoint.Port} inet n - n - 20 smtpd";
        yield return "postlog unix-dgram n - n - 1 postlogd";
    }

    private Task AnswersAsync() => Eventually.TrueAsync(
        () =>
        {
            try
            {
                using var probe = new System.Net.Sockets.TcpClient();
                probe.Connect(EndPoint);
                return true;
            }
            catch (System.Net.Sockets.SocketException)
            {
                return false;
            }
        },
        _patience,
        "an answer from Postfix");

    private async Task RunAsync(string verb)
    {
        // Its output goes nowhere: the daemons inherit it, and a pipe would stay open as long as they live.
        using Process process = Process.Start("sh", ["-c", $"exec {Postfix} -c {Etc} {verb} >{_root}/{verb}.out 2>&1 </dev/null"]);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(_patience);
        Assert.True(process.ExitCode == 0, $"postfix {verb} ended with {process.ExitCode}: {File.ReadAllText(Path.Combine(_root, verb + ".out"))}\n{Log()}");
    }

    /// <summary>A maildir holds plain line feeds.</summary>
    private static byte[] WithCrLf(byte[] stored)
    {
        var wire = new MemoryStream(stored.Length + (stored.Length / 40));
        foreach (byte octet in stored)
        {
            if (octet == '\n')
            {
                wire.WriteByte((byte)'\r');
            }

            wire.WriteByte(octet);
        }

        return wire.ToArray();
    }
}
