// A management port that anybody may steer, where passwords and keys can be read on the way, or whose users cannot sign in. Static.

namespace Godwit.Settings;

/// <summary>Checks who may speak to the management port, and how.</summary>
internal static class HttpLint
{
    public static void Check(CheckedBlock root, ServerSettings? settings, ConfigSurroundings surroundings, ProblemList problems)
    {
        CheckedDirective? reaching = root.All("http-access").FirstOrDefault(line => line.Value is HttpAccessRule rule && rule.ReachesOthers);
        CheckCommands(root, problems);
        if (reaching is not null && TlsDirectives.OfConsole(root).Certificate is null
            && !root.IsUnread("http-tls-certificate") && !root.IsUnread("smtp-server-tls-certificate"))
        {
            CheckClear(root, reaching, problems);
        }

        if (root.Last("http-tls-certificate") is { Value: not null } && TlsDirectives.OfConsole(root).Versions == TlsVersions.None)
        {
            problems.Once("http without version", root.Last("http-tls-certificate")!.At, ConfigSeverity.Warning,
                "http-tls-certificate, and every version of TLS is forbidden: nobody can use HTTPS; allow http-tls-allow-tlsv1.3");
        }

        if (root.Last("http-tls-ca-file") is { Value: string { Length: > 0 } } authorities && TlsDirectives.OfConsole(root).Certificate is null
            && !root.IsUnread("http-tls-certificate") && !root.IsUnread("smtp-server-tls-certificate"))
        {
            problems.Once("http ca without certificate", authorities.At, ConfigSeverity.Warning,
                "http-tls-ca-file, and there is no certificate: the port speaks no TLS and asks nobody for theirs; add \"http-tls-certificate FILE\"");
        }

        CheckedDirective? signIn = root.All("http-access").FirstOrDefault(static line => line.Value is HttpAccessRule { IsForSignIn: true });
        if (signIn is not null && !root.BlocksOf(BlockKind.ConsoleUser).Any())
        {
            problems.Once("sign-in without user", signIn.At, ConfigSeverity.Warning,
                "http-access says sign-in, and there is no <http-user> to sign in as: it lets nobody in; add one, with a password and a level");
        }

        foreach (CheckedBlock user in root.BlocksOf(BlockKind.ConsoleUser))
        {
            CheckUser(user, settings, problems);
        }
    }

    /// <summary>Commands without a password, for everybody who reaches the port.</summary>
    private static void CheckCommands(CheckedBlock root, ProblemList problems)
    {
        foreach (CheckedDirective line in root.All("http-access"))
        {
            if (line.Value is HttpAccessRule { Level: >= AccessLevel.Operator, Clients.PrefixLength: 0 } rule)
            {
                problems.Once($"http-access for all {rule.Clients}", line.At, ConfigSeverity.Warning,
                    $"http-access lets everybody who reaches the port give commands, without a password; write {rule.Clients} monitor, and a <http-user> "
                    + "for each who may do more");
            }
        }
    }

    private static void CheckClear(CheckedBlock root, CheckedDirective reaching, ProblemList problems)
    {
        string what = root.BlocksOf(BlockKind.ConsoleUser).Any() ? "passwords of <http-user>" : root.All("http-api-key").Any() ? "the http-api-key" : "";
        if (what.Length > 0)
        {
            problems.Once("http in clear", reaching.At, ConfigSeverity.Warning,
                $"without a certificate {what} cross the network readable; add \"http-tls-certificate FILE\"");
        }
    }

    private static void CheckUser(CheckedBlock block, ServerSettings? settings, ProblemList problems)
    {
        if (settings?.HttpUsers.GetValueOrDefault(block.Argument) is not { } user)
        {
            return;
        }

        if (user.Password.IsEmpty && !block.IsUnread("password"))
        {
            problems.Once("console user without password", block.ArgumentAt, ConfigSeverity.Warning,
                $"<http-user {SecretText.Name(block.Argument)}> has no password, so nobody can sign in as this user; "
                + "add \"password\" with what \"godwit hash-password\" prints");
        }

        if (user.Level == AccessLevel.None)
        {
            problems.Once("console user without level", block.ArgumentAt, ConfigSeverity.Warning,
                $"<http-user {SecretText.Name(block.Argument)}> may do nothing: level none; write monitor, operator or admin, or remove the user");
        }
    }
}
