// A place for one godwitd: folders, a port, a configuration file. Deleted when the test ends.

using System.Text;
using Godwit.Tests.Accounting;
using Godwit.Tests.Support;

namespace Godwit.Tests.Peers;

/// <summary>A configuration on disk with everything around it.</summary>
internal sealed class PeerSite : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-peers-").FullName;

    public PeerSite(string? spool = null)
    {
        Spool = spool ?? File("spool");
        Directory.CreateDirectory(Spool);
        SmtpPort = Tool.FreePort();
        Accounting = File("acct.csv");
    }

    public string Spool { get; }

    public int SmtpPort { get; }

    /// <summary>The accounting file as it is configured. Set it before <see cref="Configure"/>.</summary>
    public string Accounting { get; set; }

    public string ConfigFile => File("config");

    /// <summary>The log so far; empty before the first line.</summary>
    public string Log => string.Concat(Directory.EnumerateFiles(_folder, "godwit*log*").Order(StringComparer.Ordinal).Select(ReadShared));

    public string File(string name) => Path.Combine(_folder, name);

    public Task<GodwitProcess> StartAsync(params string[] launcher) => GodwitProcess.StartAsync(ConfigFile, SmtpPort, launcher);

    /// <summary>Writes the configuration: what every test needs, and what this one adds.</summary>
    public void Configure(string domain, string global = "", string spool = "", string accounting = "")
    {
        System.IO.File.WriteAllText(ConfigFile, $"""
            postmaster postmaster@sender.test
            host-name mta.sender.test
            smtp-listener 127.0.0.1:{SmtpPort}
            http-mgmt-port 0
            total-max-smtp-in 400
            <spool {Spool}>
              {spool}
            </spool>
            log-file {File("godwit.log")}
            <acct-file {Accounting}>
              records d, b, t
              max-size 500M
              {accounting}
            </acct-file>
            <source 127.0.0.1>
              always-allow-relaying yes
            </source>
            {global}
            <domain *>
              {domain}
            </domain>
            """);
    }

    /// <summary>Type and recipient of every complete line of the accounting files.</summary>
    public List<(string Type, string Recipient)> Records()
    {
        var records = new List<(string, string)>();
        foreach (string file in Directory.EnumerateFiles(Path.GetDirectoryName(Accounting)!, "acct*.csv"))
        {
            string text = ReadShared(file);
            int type = -1;
            int recipient = -1;
            foreach (string[] line in Csv.Parse(text[..(text.LastIndexOf("\r\n", StringComparison.Ordinal) is var end && end < 0 ? 0 : end + 2)]))
            {
                if (line[0] == "type")
                {
                    type = Array.IndexOf(line, "type");
                    recipient = Array.IndexOf(line, "rcpt");
                    continue;
                }

                records.Add((line[type], line[recipient]));
            }
        }

        return records;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static string ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
