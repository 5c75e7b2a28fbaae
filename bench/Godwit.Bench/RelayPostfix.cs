// A private Postfix: its own queue, its own configuration, nothing of the system's touched. It syncs its queue files as it always does.
// Needs root and Debian's package; its master runs in the foreground and is ended by its process id.

using System.Diagnostics;
using System.Globalization;

namespace Godwit.Bench;

internal sealed class RelayPostfix : RelayServer
{
    public const string Program = "/usr/sbin/postfix";
    private const string Master = "/usr/lib/postfix/sbin/master";

    private static readonly string[] _queues = ["maildrop", "incoming", "active", "deferred"];

    private readonly string _directory;
    private readonly int _master;
    private double _peak;

    private RelayPostfix(string directory, int master, int port)
    {
        _directory = directory;
        _master = master;
        Port = port;
    }

    public override string Name => "postfix";

    public override int Port { get; }

    public static async Task<RelayPostfix> StartAsync(RelaySettings settings, string directory, int sink)
    {
        string etc = Path.Combine(directory, "etc");
        int port = RelayProcess.FreePort();
        Directory.CreateDirectory(Path.Combine(directory, "spool"));
        Directory.CreateDirectory(Path.Combine(directory, "data"));
        Reachable(directory);
        await MustAsync("/bin/cp", "-a", "/etc/postfix", etc);
        await MustAsync("/bin/chown", "postfix", Path.Combine(directory, "data"));
        await File.WriteAllTextAsync(Path.Combine(etc, "main.cf"), Settings(settings, directory, sink));
        string master = await File.ReadAllTextAsync("/usr/share/postfix/master.cf.dist");
        await File.WriteAllTextAsync(Path.Combine(etc, "master.cf"), Services(master, port));
        await MustAsync(Program, "-c", etc, "start");
        try
        {
            await RelayProcess.AnswersAsync(port, "Postfix");
            return new RelayPostfix(directory, await MasterProcessAsync(directory), port);
        }
        catch
        {
            await EndAsync(directory);
            throw;
        }
    }

    /// <summary>The master, the children it has waited for, and those that live.</summary>
    public override CpuTime Cpu()
    {
        CpuTime sum = RelayProcess.Cpu(_master, reaped: true);
        foreach (int child in RelayProcess.ChildrenOf(_master))
        {
            sum += RelayProcess.Cpu(child, reaped: true);
        }

        return sum;
    }

    /// <summary>The largest sum seen of what each process holds for itself: shared pages of the many processes count once, in none of them.</summary>
    public override double PeakMegabytes() => _peak;

    public override void BeginRun() => _peak = 0;

    public override int Delivered(int sent)
    {
        double held = RelayProcess.Megabytes(_master, "RssAnon:");
        foreach (int child in RelayProcess.ChildrenOf(_master))
        {
            held += RelayProcess.Megabytes(child, "RssAnon:");
        }

        _peak = Math.Max(_peak, held);
        int left = 0;
        foreach (string queue in _queues)
        {
            try
            {
                left += Directory.EnumerateFiles(Path.Combine(_directory, "spool", queue), "*", SearchOption.AllDirectories).Count();
            }
            catch (DirectoryNotFoundException)
            {
                // Hashed subdirectories come and go; a queue that changes under us is not empty.
                left++;
            }
        }

        return sent - left;
    }

    public override IReadOnlyList<int> Processes() => [_master, .. RelayProcess.ChildrenOf(_master)];

    public override Task StopAsync() => EndAsync(_directory);

    private static Task<bool> EndAsync(string directory) =>
        RelayProcess.RunAsync(TimeSpan.FromSeconds(30), Program, "-c", Path.Combine(directory, "etc"), "stop");

    private static async Task<int> MasterProcessAsync(string directory)
    {
        // The master keeps a lock on its pid file, and .NET would ask for a share of it.
        var start = new ProcessStartInfo("/bin/cat", [Path.Combine(directory, "spool/pid/master.pid")]) { UseShellExecute = false, RedirectStandardOutput = true };
        using Process cat = Process.Start(start)!;
        string text = await cat.StandardOutput.ReadToEndAsync();
        return int.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int process)
            ? process
            : throw new RelayFailedException("Postfix wrote no process id");
    }

    private static string Settings(RelaySettings settings, string directory, int sink) => string.Create(CultureInfo.InvariantCulture, $"""
        compatibility_level = 3.6
        queue_directory = {directory}/spool
        data_directory = {directory}/data
        command_directory = /usr/sbin
        daemon_directory = {Path.GetDirectoryName(Master)}
        mail_owner = postfix
        inet_interfaces = 127.0.0.1
        inet_protocols = ipv4
        myhostname = postfix.test
        mydestination =
        relayhost = {(settings.Domains == 1 ? $"[127.0.0.1]:{sink}" : "")}
        transport_maps = {(settings.Domains == 1 ? "" : $"inline:{{ {{ * = smtp:[127.0.0.1]:{sink} }} }}")}
        mynetworks = 127.0.0.0/8
        default_destination_concurrency_limit = 100
        default_process_limit = 200
        smtpd_client_connection_count_limit = 1000
        in_flow_delay = 0
        maillog_file = {directory}/log
        maillog_file_prefixes = {directory}

        """);

    /// <summary>Debian's services, its SMTP port replaced by ours, nothing in a chroot.</summary>
    private static string Services(string master, int port)
    {
        var lines = new List<string> { $"127.0.0.1:{port.ToString(CultureInfo.InvariantCulture)} inet n - n - 200 smtpd" };
        foreach (string line in master.Split('\n'))
        {
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 8 || line[0] is '#' or ' ' || fields is ["smtp", "inet", ..])
            {
                continue;
            }

            fields[4] = "n";
            lines.Add(string.Join(' ', fields));
        }

        return string.Join('\n', lines) + "\n";
    }

    /// <summary>Postfix's processes are not root: they must be able to walk to the queue.</summary>
    private static void Reachable(string directory)
    {
        const UnixFileMode everybody = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        File.SetUnixFileMode(directory, everybody);
        File.SetUnixFileMode(Path.GetDirectoryName(directory)!, everybody);
    }

    private static async Task MustAsync(string program, params string[] arguments)
    {
        if (!await RelayProcess.RunAsync(TimeSpan.FromSeconds(60), program, arguments))
        {
            throw new RelayFailedException($"{program} {string.Join(' ', arguments)} failed (Postfix needs root)");
        }
    }
}
