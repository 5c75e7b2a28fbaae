// GET /metrics. Read-only; the port says who may ask.

using System.Text;
using Godwit.Control;
using Godwit.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Metrics;

/// <summary>Answers a scrape.</summary>
public sealed class MetricsPage(MetricView view)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/metrics", SendAsync).Needs(AccessLevel.Monitor);

    private async Task SendAsync(HttpContext context)
    {
        bool open = context.Request.Headers.Accept.ToString().Contains("application/openmetrics-text", StringComparison.OrdinalIgnoreCase);
        byte[] body = Encoding.UTF8.GetBytes(PrometheusText.Write(MetricReader.Read(view), open));
        context.Response.ContentType = open ? PrometheusText.OpenContentType : PrometheusText.ContentType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
