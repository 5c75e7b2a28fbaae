// HEAD at every address that has GET (RFC 9110, section 9.3.2). A route is found as that of GET and then sees the method that came, so that no route has to
// be registered twice; the web host sends no body behind the head of such an answer. Static.

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Godwit.Web;

/// <summary>Finds the routes of HEAD.</summary>
internal static class HeadRequests
{
    /// <summary>Puts routing into the pipeline, with HEAD as GET for it alone.</summary>
    public static void UseRouting(IApplicationBuilder application)
    {
        application.Use(static (context, next) =>
        {
            if (HttpMethods.IsHead(context.Request.Method))
            {
                context.Features.Set(new HeadOnly());
                context.Request.Method = HttpMethods.Get;
            }

            return next(context);
        });
        application.UseRouting();
        application.Use(static (context, next) =>
        {
            if (context.Features.Get<HeadOnly>() is not null)
            {
                context.Request.Method = HttpMethods.Head;
            }

            return next(context);
        });
    }

    private sealed record HeadOnly;
}
