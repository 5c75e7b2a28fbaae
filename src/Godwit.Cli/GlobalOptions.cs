// Options that every command takes, wherever they stand in the line; what is left are the words.

using System.Globalization;
using System.Net;

namespace Godwit.Cli;

/// <summary>The options of one call.</summary>
/// <param name="Format">As the server names it: text, json, xml or dom.</param>
/// <param name="Timeout">How long the server may take to answer.</param>
/// <param name="Watch">The time between two looks; null for one look.</param>
internal sealed record GlobalOptions(ServerAccess Access, string Format, TimeSpan Timeout, bool Help, bool Version, TimeSpan? Watch = null)
{
    /// <summary>Fewer letters may mean another verb.</summary>
    private const int LeastOfResolve = 4;

    /// <summary>The longest wait that makes sense: a reload of a very large configuration takes seconds.</summary>
    private const int MostSeconds = 3600;

    /// <summary>The shortest time between two looks, in seconds: no person reads faster.</summary>
    private const double LeastWatch = 0.5;

    /// <summary>The option that <see cref="Format"/> came from; nothing for text.</summary>
    public string[] FormatOption => Format == "text" ? [] : ["--" + Format];

    /// <summary>The format that was asked for, also where something else is wrong with the line.</summary>
    public static string FormatOf(IEnumerable<string> arguments) => arguments.LastOrDefault(each => each is "--json" or "--xml" or "--dom")?[2..] ?? "text";

    /// <summary>Takes the global options out of <paramref name="arguments"/>. Null, with the reason, when one is wrong.</summary>
    public static GlobalOptions? Parse(
        IReadOnlyList<string> arguments, Func<string, string?> environment, out List<string> words, out string problem)
    {
        words = [];
        string server = "";
        string caFile = "";
        string keyFile = "";
        string slip = "";
        string format = "text";
        int seconds = 30;
        double? watch = null;
        bool help = false;
        bool version = false;
        for (int i = 0; i < arguments.Count; i++)
        {
            switch (arguments[i].Split('=', 2)[0])
            {
                case "--json" or "--xml" or "--dom":
                    format = arguments[i][2..];
                    break;
                case "--help" or "-h":
                    help = true;
                    break;
                case "--version":
                    version = true;
                    break;
                case "--server" when IsNameServer(arguments, i, words):
                    words.Add("--server=" + Value(arguments, ref i)); // PowerMTA's word for the name server that is asked.
                    break;
                case "--server":
                    server = Value(arguments, ref i);
                    slip = server.Length > 0 ? slip : $"--server needs an address such as {ServerAccess.DefaultServer}";
                    break;
                case "--ca-file" or "--api-key-file":
                    bool isKey = arguments[i].StartsWith("--api", StringComparison.Ordinal);
                    string named = Value(arguments, ref i);
                    (caFile, keyFile) = isKey ? (caFile, named) : (named, keyFile);
                    slip = named.Length > 0 ? slip : $"{(isKey ? "--api-key-file" : "--ca-file")} needs a file";
                    break;
                case "--api-key":
                    slip = "a key never stands in a command line, where all users of the machine see it: "
                        + $"use --api-key-file FILE or set {ServerAccess.KeyVariable}";
                    break;
                case "--watch":
                    watch = double.TryParse(Value(arguments, ref i), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double each) ? each : 0;
                    break;
                case "--timeout":
                    seconds = int.TryParse(Value(arguments, ref i), out int given) ? given : 0;
                    break;
                default:
                    words.Add(arguments[i]);
                    break;
            }
        }

        ServerAccess? access = ServerAccess.Find(server, caFile, keyFile, environment, out problem);
        problem = slip.Length > 0 ? slip : problem.Length > 0 ? problem
            : seconds is < 1 or > MostSeconds ? $"--timeout needs seconds from 1 to {MostSeconds}"
            : watch is < LeastWatch or > MostSeconds ? $"--watch needs the seconds between two looks, from {LeastWatch} to {MostSeconds}, as in --watch 5" : "";
        return problem.Length > 0 ? null : new GlobalOptions(
            access!, format, TimeSpan.FromSeconds(seconds), help, version, watch is { } pause ? TimeSpan.FromSeconds(pause) : null);
    }

    /// <summary>Behind <c>resolve</c>, a bare address is that of a name server; the management port is written before the verb, or with its port.</summary>
    private static bool IsNameServer(IReadOnlyList<string> arguments, int at, List<string> words) =>
        words.Count > 0 && words[0].Length >= LeastOfResolve && "resolve".StartsWith(words[0], StringComparison.OrdinalIgnoreCase)
        && IPAddress.TryParse(Value(arguments, ref at), out _);

    /// <summary>The value of an option written <c>--name=value</c> or <c>--name value</c>; empty when it is missing.</summary>
    internal static string Value(IReadOnlyList<string> arguments, ref int at)
    {
        string[] parts = arguments[at].Split('=', 2);
        return parts.Length == 2 ? parts[1] : at + 1 < arguments.Count ? arguments[++at] : "";
    }
}
