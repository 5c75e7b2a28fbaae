// The files of the web console, which are part of the program: the page, its script, its style, its icon. Built from console/ and read once.
// Everybody who reaches the port gets them: they hold nothing of this server, and the page is where one signs in.

using System.Collections.Frozen;
using System.Reflection;
using Godwit.Control;
using Godwit.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace Godwit.Web;

/// <summary>Serves the console's files.</summary>
internal static class ConsoleAssets
{
    /// <summary>For every answer that is no page: nothing in it may run, load or be framed.</summary>
    public const string NothingPolicy = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    /// <summary>For the page: its own files and its own server, and nothing that stands in the page itself.</summary>
    public const string PagePolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

    /// <summary>Names in the project file: the files' own behind this.</summary>
    private const string Prefix = "console/";

    private const string Page = "index.html";

    /// <summary>Their names carry a hash of their content: the same name is the same file for ever.</summary>
    private const string ForEver = "public, max-age=31536000, immutable";

    private static readonly Lazy<FrozenDictionary<string, ConsoleAsset>> _assets = new(Read);

    /// <summary>All of them, by name.</summary>
    public static FrozenDictionary<string, ConsoleAsset> All => _assets.Value;

    /// <summary>Pages below /ui/ are all the one page, which reads its address itself.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/ui/assets/{name}", SendAssetAsync).Needs(AccessLevel.None);
        routes.MapGet("/ui", SendPageAsync).Needs(AccessLevel.None);
        routes.MapGet("/ui/{*page}", SendPageAsync).Needs(AccessLevel.None);
    }

    /// <summary>A browser that shows what it gets to a person; programs say nothing, or that they take anything.</summary>
    public static bool IsForPerson(HttpRequest request) =>
        request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    public static Task SendPageAsync(HttpContext context)
    {
        context.Response.Headers.ContentSecurityPolicy = PagePolicy;

        // Asked for anew each time, and answered with 304: a new version of the server has other files.
        return SendAsync(context, All[Page], "no-cache");
    }

    private static Task SendAssetAsync(HttpContext context)
    {
        if (context.GetRouteValue("name") is string name && name != Page && All.GetValueOrDefault(name) is { } asset)
        {
            return SendAsync(context, asset, ForEver);
        }

        // After an upgrade, a page that is still open may ask for a file that was.
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync("The console has no such file. Load its page again.\n", context.RequestAborted);
    }

    private static async Task SendAsync(HttpContext context, ConsoleAsset asset, string keeping)
    {
        string encoding = Encoding(context.Request);
        var tag = new EntityTagHeaderValue($"\"{asset.Tag}{(encoding.Length > 0 ? "-" : "")}{encoding}\"");
        HttpResponse response = context.Response;
        response.Headers.CacheControl = keeping;
        response.Headers.ETag = tag.ToString();
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (context.Request.GetTypedHeaders().IfNoneMatch.Any(known => known.Compare(tag, useStrongComparison: false)))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        byte[] body = asset.In(encoding);
        if (encoding.Length > 0)
        {
            response.Headers.ContentEncoding = encoding;
        }

        response.ContentType = asset.Type;
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body, context.RequestAborted);
    }

    /// <summary>The smaller of what the client takes (RFC 9110, section 12.5.3); empty when it takes neither.</summary>
    private static string Encoding(HttpRequest request)
    {
        string best = "";
        foreach (StringWithQualityHeaderValue accepted in request.GetTypedHeaders().AcceptEncoding)
        {
            if (accepted.Quality is 0)
            {
                continue;
            }

            if (accepted.Value.Equals("br", StringComparison.OrdinalIgnoreCase))
            {
                return "br";
            }

            if (accepted.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase))
            {
                best = "gzip";
            }
        }

        return best;
    }

    private static FrozenDictionary<string, ConsoleAsset> Read()
    {
        Assembly assembly = typeof(ConsoleAssets).Assembly;
        var assets = new Dictionary<string, ConsoleAsset>();
        foreach (string resource in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using Stream stream = assembly.GetManifestResourceStream(resource)!;
            byte[] content = new byte[stream.Length];
            stream.ReadExactly(content);
            string name = resource[Prefix.Length..];
            assets.Add(name, new ConsoleAsset(name, TypeOf(name), content));
        }

        return assets.ToFrozenDictionary();
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".txt" => "text/plain; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => throw new InvalidOperationException($"the console's file {name} has an ending without a content type"),
    };
}
