// The page for a person who opens the management port in a browser: what this is, how it is doing, what to type.
// Plain HTML that renews itself; the full console is a later version's.

using System.Net;
using Godwit.Control;
using Godwit.Queues;

namespace Godwit.Web;

internal static class HomePage
{
    /// <summary>Nothing but our own style: no script, no frame, no foreign source.</summary>
    public const string ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    /// <summary>Queues on the page; the rest is a command away.</summary>
    private const int QueuesShown = 10;

    /// <summary>Where the command line asks when nobody says where.</summary>
    private const int UsualPort = 8080;

    /// <param name="port">The management port that the page was asked for at.</param>
    public static string Render(Operator @operator, int port)
    {
        string godwit = port == UsualPort ? "godwit" : $"godwit --server http://127.0.0.1:{port}";
        StatusReport status = @operator.ShowStatus();
        QueueListReport queues = @operator.ShowTopQueues(QueuePattern.All, QueuesShown, errors: false);
        string state = @operator.NotReady() is { } reason ? "Not accepting mail: " + reason : "Accepting mail.";
        return $$"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="refresh" content="5">
            <title>Godwit on {{Encode(status.HostName)}}</title>
            <style>
            :root { color-scheme: light dark; }
            body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
            pre { font: 13px/1.45 ui-monospace, monospace; padding: 1rem; overflow-x: auto; border: 1px solid #8886; border-radius: 6px; }
            code { font-family: ui-monospace, monospace; }
            .note { opacity: .75; }
            </style>
            </head>
            <body>
            <h1>Godwit on {{Encode(status.HostName)}}</h1>
            <p>This is the mail transfer agent <strong>Godwit {{Encode(VersionReport.Number)}}</strong>. {{Encode(state)}}</p>
            <h2>Status</h2>
            <pre>{{Encode(ReportFormats.Text(status))}}</pre>
            <h2>Queues</h2>
            <pre>{{Encode(ReportFormats.Text(queues))}}</pre>
            <h2>What to try</h2>
            <pre>{{godwit}} show topqueues --errors
            {{godwit}} show status --json
            godwit help</pre>
            <p>For programs: <a href="/status?format=json">/status?format=json</a>, <a href="/queues?format=json">/queues?format=json</a>,
            <a href="/health">/health</a>, <a href="/ready">/ready</a>.</p>
            <p class="note">The page renews itself every five seconds. It only shows; commands that change something are typed at the command line.
            A full console is planned and not part of this version.</p>
            </body>
            </html>

            """;
    }

    private static string Encode(string text) => WebUtility.HtmlEncode(text);
}
