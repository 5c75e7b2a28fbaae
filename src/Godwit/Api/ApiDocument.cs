// The OpenAPI document of the routes, and the page that shows it. The document is made of the routes that are really registered, once, when somebody asks.
// The page's script comes with its package: nothing is fetched from elsewhere.

using Godwit.Control;
using Godwit.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace Godwit.Api;

/// <summary>Describes the API.</summary>
public static class ApiDocument
{
    private const string Name = "v1";

    private const string Path = ApiRoute.Root + "/openapi.json";

    /// <summary>What the web host needs for it.</summary>
    public static void Register(IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(static options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, ApiJson.Default));
        services.AddOpenApi(Name, static options =>
        {
            options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
            options.AddDocumentTransformer(static (document, _, _) => IntroduceAsync(document));
            options.AddOperationTransformer(static (operation, context, cancellation) => DescribeAsync(operation, context, cancellation));
        });
    }

    internal static void Map(IEndpointRouteBuilder routes)
    {
        Task<byte[]>? made = null;
        routes.MapGet(Path, async context =>
        {
            context.Response.ContentType = "application/json; charset=utf-8";

            // One that failed is made again: what was wrong may have been a moment's.
            Task<byte[]> document = made is { IsFaulted: false, IsCanceled: false } known ? known : made = MakeAsync(routes.ServiceProvider);
            byte[] body = await document;
            context.Response.ContentLength = body.Length;
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }).Needs(AccessLevel.Monitor);
        routes.MapScalarApiReference("/api", static options =>
        {
            options.Title = "Godwit API";
            options.OpenApiRoutePattern = Path;
            options.DefaultFonts = false;
            options.Telemetry = false;

            // What its maker offers elsewhere: nobody gets there from a machine without the internet, nor should a page of ours send people there.
            options.HideClientButton = true;
            options.ShowDeveloperTools = DeveloperToolsVisibility.Never;
            options.DisableAgent().DisableMcp();
            options.WithNonce();
        }).Needs(AccessLevel.Monitor).Add(static endpoint =>
        {
            RequestDelegate? inner = endpoint.RequestDelegate;
            endpoint.RequestDelegate = inner is null ? null : context =>
            {
                context.Response.OnStarting(static state => SayPolicyAsync((HttpContext)state), context);
                return inner(context);
            };
        });
    }

    /// <summary>
    /// The page is a program that styles itself; it speaks to nobody but this server. In the page only that runs which knows this answer's nonce.
    /// </summary>
    private static Task SayPolicyAsync(HttpContext context)
    {
        string nonce = context.Items[ScalarOptions.NonceHttpContextItemKey] is string { Length: > 0 } known ? $" 'nonce-{known}'" : "";
        context.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self'{nonce}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
            + "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
        return Task.CompletedTask;
    }

    private static async Task<byte[]> MakeAsync(IServiceProvider services)
    {
        OpenApiDocument document = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>(Name).GetOpenApiDocumentAsync();
        return System.Text.Encoding.UTF8.GetBytes(await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1));
    }

    private static Task IntroduceAsync(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Godwit",
            Version = VersionReport.Number,
            Description = "Everything that the console shows and does. Times are RFC 3339 in UTC, durations seconds, sizes octets. Errors are "
                + "application/problem+json (RFC 9457). Programs send their key in the header X-API-Key.",
        };
        IEnumerable<string> tags = from path in document.Paths.Values
                                   from operation in path.Operations?.Values.AsEnumerable() ?? []
                                   from tag in operation.Tags?.AsEnumerable() ?? []
                                   select tag.Name ?? "";
        document.Tags = tags.Distinct(StringComparer.Ordinal).Select(static name => new OpenApiTag { Name = name }).ToHashSet();
        document.Servers = [new OpenApiServer { Url = "/" }];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            ["apiKey"] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = "X-API-Key" },
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("apiKey", document)] = [] }];
        return Task.CompletedTask;
    }

    private static async Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<ApiRoute>().FirstOrDefault() is not { } route)
        {
            return;
        }

        operation.OperationId = route.Id;
        operation.Summary = route.Summary;
        operation.Description = $"Level: {route.Level.ToString().ToLowerInvariant()}.";
        operation.Tags = new HashSet<OpenApiTagReference> { new(route.Tag, context.Document) };
        operation.Parameters = [.. route.Parameters.Select(Describe)];
        if (route.Body is { } body)
        {
            // Described here and not as what the route accepts: routing would turn away whoever sends JSON under another name, as curl does.
            OpenApiSchema schema = await context.GetOrCreateSchemaAsync(body, cancellationToken: cancellation);
            schema.Required = route.Needed.ToHashSet(StringComparer.Ordinal);
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new OpenApiMediaType { Schema = schema } },
            };
        }

        operation.Responses ??= [];
        foreach ((int status, string meaning) in route.Problems.Append((400, "The request makes no sense; the detail says why.")))
        {
            operation.Responses.TryAdd(status.ToString(System.Globalization.CultureInfo.InvariantCulture), new OpenApiResponse { Description = meaning });
        }
    }

    private static IOpenApiParameter Describe(ApiParameter parameter) => new OpenApiParameter
    {
        Name = parameter.Name,
        Description = parameter.Description,
        In = parameter.Form == ParameterForm.Segment ? ParameterLocation.Path : ParameterLocation.Query,
        Required = parameter.Form == ParameterForm.Segment,
        Schema = new OpenApiSchema
        {
            Type = parameter.Form switch
            {
                ParameterForm.Number => JsonSchemaType.Integer,
                ParameterForm.Flag => JsonSchemaType.Boolean,
                _ => JsonSchemaType.String,
            },
            Enum = parameter.Words.Length == 0 ? null : [.. parameter.Words.Select(static word => (System.Text.Json.Nodes.JsonNode)word)],
        },
    };
}
