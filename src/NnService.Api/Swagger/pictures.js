// A plugin of Swagger UI: an answer of the type image/svg+xml is drawn, as one of image/png is. As an <img> no script in it would run.
(function () {
  function pictures(system) {
    return {
      wrapComponents: {
        responseBody: function (Original) {
          return function (props) {
            if (!/^image\/svg\+xml/i.test(props.contentType || "") || typeof props.content !== "string")
              return system.React.createElement(Original, props);
            return system.React.createElement("div", null,
              system.React.createElement("h5", null, "Response body"),
              system.React.createElement("img", {
                src: "data:image/svg+xml;charset=utf-8," + encodeURIComponent(props.content),
                alt: "The picture that was answered",
                style: { background: "#fff", maxWidth: "100%" },
              }));
          };
        },
      },
    };
  }

  // The page has its own list of plugins evaluated, which its Content-Security-Policy forbids; so this one joins a preset, before the page begins.
  document.addEventListener("DOMContentLoaded", function () {
    window.SwaggerUIStandalonePreset = [window.SwaggerUIStandalonePreset, pictures];
  });
})();
