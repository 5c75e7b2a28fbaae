// One request as a route reads it. Values that make no sense are noted, the first of them, and given as their defaults: a route reads all it wants and then
// asks once whether anything was wrong. Owned by the request.

using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Godwit.Control;
using Godwit.Mail;
using Godwit.Queues;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Godwit.Api;

/// <summary>A request to the API. Not thread safe.</summary>
internal sealed class ApiCall(HttpContext context, Operator @operator)
{
    /// <summary>Longer than a slow line needs for a configuration file, shorter than a stuck client may hold a connection.</summary>
    private static readonly TimeSpan _bodyTimeout = TimeSpan.FromSeconds(30);

    /// <summary>A filter or an address in a parameter.</summary>
    private const int MostText = 512;

    public HttpContext Context => context;

    public Operator Operator => @operator;

    public OperatorLooks Looks => @operator.Looks;

    public CancellationToken Cancellation => context.RequestAborted;

    public Caller Caller => Caller.Of(context);

    /// <summary>Whether the caller may still do what it could when the request came; for answers that go on.</summary>
    public bool Stands => context.Features.Get<CallerWatch>()?.Stands(Caller) ?? true;

    /// <summary>What a host said, as this caller may see it.</summary>
    public string Said(string text) => PeerWords.For(Caller.MaySeeAddresses, text);

    /// <summary>The first thing that is wrong with the request; null when nothing is.</summary>
    public ApiAnswer? Bad { get; private set; }

    /// <summary>A part of the address, decoded once.</summary>
    /// <remarks>
    /// The web server decodes all of it but the slash: a name that holds <c>%2F</c>, which is sent as <c>%252F</c>, cannot be told from one with a slash any
    /// more. So it is read from the address as it came, where that is the one that was routed.
    /// </remarks>
    public string Segment(string name)
    {
        string routed = (context.GetRouteValue(name) as string ?? "").Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        string[] raw = (context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "").Split('?', 2)[0].Split('/');
        int place = Place(name) + 1;
        string came = place > 0 && place < raw.Length && raw[0].Length == 0 ? Uri.UnescapeDataString(raw[place]) : routed;
        return came.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase) == routed ? came : routed;
    }

    public string Text(string name)
    {
        string text = context.Request.Query[name].ToString();
        return text.Length <= MostText ? text : Wrong($"{name} has more than {MostText} characters", "");
    }

    /// <summary>A filter on names; what costs too much is noted.</summary>
    public string Filter(string name)
    {
        string text = Text(name);
        return NameFilter.Trouble(text) is { Length: > 0 } trouble ? Wrong($"{name} {trouble}", "") : text;
    }

    public int Number(string name, int otherwise, int least, int most)
    {
        string text = context.Request.Query[name].ToString();
        return text.Length == 0 ? otherwise
            : int.TryParse(text, out int number) && number >= least && number <= most ? number
            : Wrong($"{name}={text} is not a number from {least} to {most}", otherwise);
    }

    /// <summary>Null when it was not said.</summary>
    public bool? Flag(string name)
    {
        string text = context.Request.Query[name].ToString();
        return text switch
        {
            "" => null,
            "true" or "yes" or "1" => true,
            "false" or "no" or "0" => false,
            _ => Wrong<bool?>($"{name}={text} is neither true nor false", null),
        };
    }

    /// <summary>One of some words; the first is what is meant when nothing was said.</summary>
    public T Word<T>(string name, params ReadOnlySpan<(string Word, T Value)> words)
    {
        string text = context.Request.Query[name].ToString();
        foreach ((string word, T value) in words)
        {
            if (word == text)
            {
                return value;
            }
        }

        if (text.Length == 0)
        {
            return words[0].Value;
        }

        var known = new List<string>();
        foreach ((string word, _) in words)
        {
            known.Add(word);
        }

        return Wrong($"{name}={text}: write one of {string.Join(", ", known.Where(static word => word.Length > 0))}", words[0].Value);
    }

    /// <summary>Which part of the address the route calls so; -1 when none.</summary>
    private int Place(string name) => context.GetEndpoint() is RouteEndpoint { RoutePattern.PathSegments: { } segments }
        ? segments.ToList().FindIndex(segment => segment.Parts is [RoutePatternParameterPart part] && part.Name == name)
        : -1;

    /// <summary>The queue in the address. Null, and noted, when it names none: no star is taken here.</summary>
    public QueueKey? Queue()
    {
        (string domain, string virtualMta) = (Segment("domain"), Segment("vmta"));
        return DomainName.TryParse(domain, out DomainName destination) && virtualMta.Length > 0 && !virtualMta.AsSpan().ContainsAny("*?/")
            ? new QueueKey(destination, virtualMta)
            : Wrong<QueueKey?>($"\"{domain}/{virtualMta}\" names no queue: write /queues/DOMAIN/VMTA without stars", null);
    }

    /// <summary>Notes what is wrong with the request, unless something else was.</summary>
    public T Wrong<T>(string detail, T otherwise, int status = StatusCodes.Status400BadRequest)
    {
        Bad ??= ApiAnswer.Refuse(status, detail);
        return otherwise;
    }

    private static string Kind(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        Type text when text == typeof(string) => "text",
        Type flag when flag == typeof(bool) => "true or false",
        Type number when number.IsPrimitive => "a number",
        _ => "a list or an object",
    };

    /// <summary>The request's body; null, and noted, when it does not come in time or makes no sense.</summary>
    public async Task<T?> BodyAsync<T>(JsonTypeInfo<T> type)
        where T : class
    {
        using var late = new CancellationTokenSource(_bodyTimeout, @operator.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, late.Token);
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, either.Token)
                ?? Wrong<T?>("the request needs a JSON object in its body", null);
        }
        catch (JsonException error)
        {
            // A member that nobody reads would be a filter that somebody meant: less is never deleted than was said, nor more.
            string at = string.IsNullOrEmpty(error.Path) || error.Path == "$" ? "" : $" at {error.Path[2..]}";
            string members = string.Join(", ", type.Properties.Select(static member => $"{member.Name} ({Kind(member.PropertyType)})"));
            return Wrong<T?>($"the body is no JSON of the form that this address takes{at}; its members are {members}", null);
        }
        catch (BadHttpRequestException error)
        {
            return Wrong<T?>(error.Message, null, error.StatusCode);
        }
        catch (OperationCanceledException) when (late.IsCancellationRequested)
        {
            return Wrong<T?>("the body did not arrive in time", null, StatusCodes.Status408RequestTimeout);
        }
    }
}
