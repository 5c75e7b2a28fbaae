// A private Exim, which speaks TLS by GnuTLS: own configuration, queue and log in a temporary directory, one listener on loopback. Owned by one test.
// Mail for box.test goes into a maildir; everything else goes to the relay host. It needs root, as Exim's own files do.

using System.Diagnostics;
using System.Net;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

/// <summary>One running Exim.</summary>
internal sealed class EximInstance : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    private readonly string _root = Directory.CreateTempSubdirectory("godwit-exim-").FullName;
    private RunningTool? _daemon;

    private EximInstance()
    {
    }

    public IPEndPoint EndPoint { get; } = new(IPAddress.Loopback, Tool.FreePort());

    /// <summary>Why it cannot run here; empty when it can.</summary>
    public static string Missing() =>
        Tool.Find("exim4") is null ? "Exim is not unpacked (./test does it)"
        : !Environment.IsPrivilegedProcess ? "Exim needs root"
        : "";

    /// <param name="relay">Where mail goes that is not for box.test.</param>
    /// <param name="main">Lines of the main section: <c>tls_certificate</c> and the like.</param>
    /// <param name="transport">Options of the transport to the relay: <c>hosts_require_tls = *</c> and the like.</param>
    /// <param name="files">Written beside the configuration, where <c>$FILES</c> in the lines points to.</param>
    public static async Task<EximInstance> StartAsync(
        IPEndPoint relay, string main = "", string transport = "", IReadOnlyDictionary<string, string>? files = null)
    {
        var exim = new EximInstance();
        try
        {
            exim.Configure(relay, main, transport, files ?? new Dictionary<string, string>());
            exim._daemon = RunningTool.Start(Tool.Find("exim4")!, ["-C", Path.Combine(exim._root, "conf"), "-bdf"]);
            await Eventually.TrueAsync(
                () => exim._daemon.HasExited || Listens(exim.EndPoint), _patience, () => $"an answer from Exim: {exim._daemon.Output}\n{exim.Log()}");
            Assert.False(exim._daemon.HasExited, $"Exim ended: {exim._daemon.Output}\n{exim.Log()}");
            return exim;
        }
        catch (Exception)
        {
            await exim.DisposeAsync();
            throw;
        }
    }

    /// <summary>The messages in the maildir once there are so many, with plain line feeds and Exim's own fields above.</summary>
    public async Task<IReadOnlyList<string>> MailAsync(int count)
    {
        string box = Path.Combine(_root, "mail", "new");
        await Eventually.TrueAsync(
            () => Directory.Exists(box) && Directory.GetFiles(box).Length >= count, _patience, () => $"{count} messages in the maildir; log:\n{Log()}");
        return [.. Directory.GetFiles(box).Select(File.ReadAllText)];
    }

    /// <summary>Waits until the main log has a text.</summary>
    public Task LogSaysAsync(string text) => Eventually.TrueAsync(() => Log().Contains(text, StringComparison.Ordinal), _patience, () => $"\"{text}\" in\n{Log()}");

    /// <summary>Main log and panic log.</summary>
    public string Log()
    {
        string folder = Path.Combine(_root, "log");
        return Directory.Exists(folder) ? string.Concat(Directory.GetFiles(folder).Order().Select(File.ReadAllText)) : "";
    }

    public async ValueTask DisposeAsync()
    {
        if (_daemon is not null)
        {
            await _daemon.DisposeAsync();
        }

        Directory.Delete(_root, recursive: true);
    }

    private void Configure(IPEndPoint relay, string main, string transport, IReadOnlyDictionary<string, string> files)
    {
        // Exim gives root up on the way, and passes through here.
        File.SetUnixFileMode(_root, (UnixFileMode)0b111_101_101);
        foreach (string folder in (string[])["spool", "log", "mail", "files"])
        {
            Directory.CreateDirectory(Path.Combine(_root, folder));
        }

        foreach ((string name, string text) in files)
        {
            string path = Path.Combine(_root, "files", name);
            File.WriteAllText(path, text);
            File.SetUnixFileMode(path, (UnixFileMode)0b110_100_100);
        }

        using (Process chown = Process.Start("chown", ["-R", "nobody:nogroup", .. ((string[])["spool", "log", "mail"]).Select(folder => Path.Combine(_root, folder))]))
        {
            chown.WaitForExit();
        }

        string configuration = $"""
            exim_path = {Tool.Find("exim4")}
            exim_user = nobody
            exim_group = nogroup
            spool_directory = {_root}/spool
            log_file_path = {_root}/log/%slog
            pid_file_path = {_root}/spool/pid
            primary_hostname = exim.test
            local_interfaces = 127.0.0.1
            daemon_smtp_ports = {EndPoint.Port}
            deliver_drop_privilege = true
            log_selector = +tls_cipher +tls_peerdn +tls_certificate_verified +smtp_confirmation
            host_lookup =
            rfc1413_hosts =
            keep_environment =
            acl_smtp_rcpt = accept
            {main}

            begin routers
            box:
              driver = accept
              domains = box.test
              transport = box
            relay:
              driver = manualroute
              route_list = * {relay.Address}
              self = send
              transport = relay

            begin transports
            box:
              driver = appendfile
              directory = {_root}/mail
              maildir_format
              user = nobody
              group = nogroup
            relay:
              driver = smtp
              port = {relay.Port}
              {transport.ReplaceLineEndings("\n  ")}

            begin retry
            * * F,1h,5s

            """;
        File.WriteAllText(Path.Combine(_root, "conf"), configuration.Replace("$FILES", Path.Combine(_root, "files"), StringComparison.Ordinal));
    }

    private static bool Listens(IPEndPoint endPoint)
    {
        try
        {
            using var probe = new System.Net.Sockets.TcpClient();
            probe.Connect(endPoint);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
